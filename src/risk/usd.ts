/** `-12.34` for people, from 8 decimals, rounded towards zero. */
export function usdText(usd8: bigint): string {
  const cents = (usd8 < 0n ? -usd8 : usd8) / 1_000_000n
  return `${usd8 < 0n ? '-' : ''}${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
}
