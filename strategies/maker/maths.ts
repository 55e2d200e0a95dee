import { RAY, WAD, rayPowHalfUp } from '../../src/domain/maths.js'

/** 10^45: the unit of the Vat's dai, ray × wad. */
export const RAD = RAY * WAD

const BLN = 10n ** 9n

/** Clipper `rmul`: a·b / 1e27, rounded down. */
export const rmul = (a: bigint, b: bigint): bigint => (a * b) / RAY
/** Clipper `rdiv`: a·1e27 / b, rounded down. */
export const rdiv = (a: bigint, b: bigint): bigint => (a * RAY) / b
/** Clipper `wmul`: a·b / 1e18, rounded down. */
export const wmul = (a: bigint, b: bigint): bigint => (a * b) / WAD

/** The price curve of a clip's `calc` contract. */
export type Calc =
  | { readonly kind: 'linear'; readonly tau: bigint }
  | { readonly kind: 'stairstep'; readonly step: bigint; readonly cut: bigint }
  | { readonly kind: 'exponential'; readonly cut: bigint }

/** Abacus.price: ray after `elapsed` seconds from `top`, rounded down. */
export function priceAfter(calc: Calc, top: bigint, elapsed: bigint): bigint {
  switch (calc.kind) {
    case 'linear':
      return elapsed >= calc.tau ? 0n : rmul(top, ((calc.tau - elapsed) * RAY) / calc.tau)
    case 'stairstep':
      return rmul(top, rayPowHalfUp(calc.cut, elapsed / calc.step))
    case 'exponential':
      return rmul(top, rayPowHalfUp(calc.cut, elapsed))
  }
}

/** Clipper.getFeedPrice: the oracle's wad over the spotter's par, ray, rounded down. */
export const feedPrice = (wad: bigint, par: bigint): bigint => rdiv(wad * BLN, par)

/** What keepers get for starting an auction, rad: tip + ⌊tab · chip / 1e18⌋. */
export const incentive = (tab: bigint, { tip, chip }: { readonly tip: bigint; readonly chip: bigint }): bigint =>
  tip > 0n || chip > 0n ? tip + wmul(tab, chip) : 0n
