import { int256 } from './checked.js'

/**
 * The lesser of the answer and the cap. `zeroBelow`: answers of zero or less become 0 (since September 2025); adapters of
 * before pass them on. Source: `PriceCapAdapterStable.latestAnswer`; a cap below zero cannot be set in either.
 */
export function stableCapPrice(cap: bigint, asset: bigint, zeroBelow: boolean): bigint {
  if (asset > cap) return cap
  return zeroBelow && asset <= 0n ? 0n : asset
}

/**
 * The lesser of the asset's answer and `capRatio` of the currency's; negative answers pass through, rounding is towards
 * zero. Source: `EURPriceCapAdapterStable.latestAnswer`.
 */
export function eurCapPrice(
  capRatio: bigint,
  ratioDecimals: bigint,
  { asset, base }: { readonly asset: bigint; readonly base: bigint },
): bigint {
  const most = int256(base * capRatio) / 10n ** ratioDecimals
  return asset > most ? most : asset
}
