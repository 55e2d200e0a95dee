import fc from 'fast-check'
import * as maths from '../../src/domain/maths.js'

const SEED = 20_261_120
const RUNS = 300
const amount = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
const divisor = fc.bigInt({ min: 1n, max: 2n ** 128n - 1n })
const bps = fc.bigInt({ min: 1n, max: 20_000n })

/** a/b by the definition of each rounding: the remainder decides. */
const floor = (a: bigint, b: bigint): bigint => a / b
const ceil = (a: bigint, b: bigint): bigint => (a % b === 0n ? a / b : a / b + 1n)
const halfUp = (a: bigint, b: bigint): bigint => (2n * (a % b) >= b ? a / b + 1n : a / b)

type Rounding = (a: bigint, b: bigint) => bigint
type Case = readonly [name: string, second: fc.Arbitrary<bigint>, actual: Rounding, expected: Rounding]

const CASES: readonly Case[] = [
  ['rayMulHalfUp', divisor, maths.rayMulHalfUp, (a, b) => halfUp(a * b, maths.RAY)],
  ['rayMulFloor', divisor, maths.rayMulFloor, (a, b) => floor(a * b, maths.RAY)],
  ['rayMulCeil', divisor, maths.rayMulCeil, (a, b) => ceil(a * b, maths.RAY)],
  ['rayDivHalfUp', divisor, maths.rayDivHalfUp, (a, b) => halfUp(a * maths.RAY, b)],
  ['rayDivFloor', divisor, maths.rayDivFloor, (a, b) => floor(a * maths.RAY, b)],
  ['rayDivCeil', divisor, maths.rayDivCeil, (a, b) => ceil(a * maths.RAY, b)],
  ['wadDivHalfUp', divisor, maths.wadDivHalfUp, (a, b) => halfUp(a * maths.WAD, b)],
  ['divCeil', divisor, maths.divCeil, ceil],
  ['percentMulHalfUp', bps, maths.percentMulHalfUp, (a, b) => halfUp(a * b, 10_000n)],
  ['percentMulFloor', bps, maths.percentMulFloor, (a, b) => floor(a * b, 10_000n)],
  ['percentMulCeil', bps, maths.percentMulCeil, (a, b) => ceil(a * b, 10_000n)],
  ['percentDivHalfUp', bps, maths.percentDivHalfUp, (a, b) => halfUp(a * 10_000n, b)],
  ['percentDivFloor', bps, maths.percentDivFloor, (a, b) => floor(a * 10_000n, b)],
  ['percentDivCeil', bps, maths.percentDivCeil, (a, b) => ceil(a * 10_000n, b)],
]

describe('exact integer maths', () => {
  test.each(CASES)('%s rounds as its name says', (_name, second, actual, expected) => {
    fc.assert(
      fc.property(amount, second, (a, b) => actual(a, b) === expected(a, b)),
      { seed: SEED, numRuns: RUNS },
    )
  })

  test('the edges: exact halves, exact quotients, zero', () => {
    expect(maths.rayMulHalfUp(1n, maths.HALF_RAY)).toBe(1n)
    expect(maths.rayMulHalfUp(1n, maths.HALF_RAY - 1n)).toBe(0n)
    expect(maths.rayMulCeil(0n, maths.RAY)).toBe(0n)
    expect(maths.mulDivCeil(6n, 2n, 4n)).toBe(3n)
    expect(maths.mulDivCeil(7n, 1n, 4n)).toBe(2n)
    expect(maths.mulDivFloor(7n, 1n, 4n)).toBe(1n)
    expect(maths.wadDivHalfUp(1n, 2n * maths.WAD)).toBe(1n)
    expect(() => maths.divCeil(1n, 0n)).toThrow(RangeError)
    expect([0n, 1n].map((n) => maths.rayPowHalfUp(0n, n))).toEqual([maths.RAY, 0n])
    const rate = maths.RAY + 1_234_567_890_123_456_789n
    const square = maths.rayMulHalfUp(rate, rate)
    expect([0n, 1n, 2n, 3n].map((n) => maths.rayPowHalfUp(rate, n))).toEqual([
      ...[maths.RAY, rate, square, maths.rayMulHalfUp(rate, square)],
    ])
    // a hostile rate: the contracts revert, and so does this, before the figures fill the memory
    expect(() => maths.rayPowHalfUp(maths.MAX_UINT256, 2n ** 31n)).toThrow(/256 bits/)
  })
})
