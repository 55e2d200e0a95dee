import { uint256 } from './checked.js'

const ONE = 10n ** 18n
const SECONDS_PER_YEAR = 31_536_000n

/** A linear discount that is gone at maturity. */
export interface Discount {
  /** Unix seconds. */
  readonly maturity: bigint
  /** Of the price, 1e18 is all of it. */
  readonly perYear: bigint
}

/** The part of the price that is taken off at `timestamp`, 1e18 is all of it; rounded down; 0 from maturity on. */
export const discountAt = ({ maturity, perYear }: Discount, timestamp: bigint): bigint =>
  maturity > timestamp ? ((maturity - timestamp) * perYear) / SECONDS_PER_YEAR : 0n

/**
 * Price of a principal token: the asset's, less the discount; rounded down; 0 when the asset's is not positive. Throws
 * `TwinReverts` for a discount above 100 %. Source: `PendlePriceCapAdapter.latestAnswer`.
 */
export function principalTokenPrice(discount: Discount, asset: bigint, timestamp: bigint): bigint {
  if (asset <= 0n) return 0n
  return uint256(asset * uint256(ONE - discountAt(discount, timestamp))) / ONE
}
