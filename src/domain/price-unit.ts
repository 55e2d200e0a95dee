/** Prices have 8 decimals. */
const ONE = 10n ** 8n

/** A price or worth that is counted in units of `unit` dollars (both with 8 decimals), rounded down; null: in dollars already. */
export const inDollars = (price: bigint, unit: bigint | null): bigint => (unit === null ? price : (price * unit) / ONE)
