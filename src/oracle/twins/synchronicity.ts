import { divide, int256 } from './checked.js'

/**
 * Asset in units of the base from asset / peg and base / peg, with `decimals`; rounded down; 0 when either is not positive.
 * Source: `CLSynchronicityPriceAdapterBaseToPeg.latestAnswer`.
 */
export function baseToPegPrice(decimals: bigint, assetToPeg: bigint, baseToPeg: bigint): bigint {
  if (assetToPeg <= 0n || baseToPeg <= 0n) return 0n
  return int256(assetToPeg * 10n ** decimals) / baseToPeg
}

/**
 * Asset in units of the base from asset / peg and peg / base, with `decimals`; `denominator` is ten to the sum of the two
 * feeds' decimals; rounded down; 0 when either is not positive. Source: `CLSynchronicityPriceAdapterPegToBase.latestAnswer`.
 */
export function pegToBasePrice(
  { decimals, denominator }: { readonly decimals: bigint; readonly denominator: bigint },
  assetToPeg: bigint,
  pegToBase: bigint,
): bigint {
  if (assetToPeg <= 0n || pegToBase <= 0n) return 0n
  return divide(int256(int256(assetToPeg * pegToBase) * 10n ** decimals), denominator)
}
