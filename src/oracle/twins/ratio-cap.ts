import { divide, int256, uint256 } from './checked.js'

/** How high the ratio of a capped adapter may be. Growth per second is in units of 1 / `growthScale` of the ratio's unit. */
export interface RatioCap {
  readonly snapshotRatio: bigint
  /** Unix seconds. */
  readonly snapshotTimestamp: bigint
  readonly growthPerSecondScaled: bigint
  /** 1e6 in adapters since October 2025, 1 in those before, which keep the growth in whole units. */
  readonly growthScale: bigint
  readonly ratioDecimals: bigint
}

/** Most that the ratio may be at `timestamp`. Throws `TwinReverts` before the snapshot, as the contract does. */
export const maxRatio = (cap: RatioCap, timestamp: bigint): bigint =>
  int256(
    cap.snapshotRatio +
      divide(uint256(cap.growthPerSecondScaled * uint256(timestamp - cap.snapshotTimestamp)), cap.growthScale),
  )

/**
 * Price of a token that is worth `ratio` of another, the ratio capped by how fast it may have grown since the snapshot.
 * In the unit of `base`; rounded down; 0 when the base or the ratio is not positive. The minimal age of a snapshot binds
 * only whoever sets one. Source: `PriceCapAdapterBase.latestAnswer`, both generations of `_getMaxRatio`.
 */
export function ratioCapPrice(cap: RatioCap, base: bigint, ratio: bigint, timestamp: bigint): bigint {
  if (base <= 0n || ratio <= 0n) return 0n
  const most = maxRatio(cap, timestamp)
  return int256(base * (most < ratio ? most : ratio)) / 10n ** cap.ratioDecimals
}
