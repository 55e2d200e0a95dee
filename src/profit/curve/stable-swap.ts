/**
 * Curve's stable-swap invariant as StableSwapNG v7 computes it, every division rounded down where the contract rounds, and as
 * the pools before it do, which differ in one rounding and have a flat fee:
 * A·n^n·Σx + D = A·D·n^n + D^(n+1) / (n^n·Πx). Balances `xp` are scaled to 18 decimals by their rates.
 */
export const PRECISION = 10n ** 18n
const A_PRECISION = 100n
const FEE_DENOMINATOR = 10n ** 10n
const ROUNDS = 255

export interface StableState {
  /** Without what belongs to the administrators, raw units. */
  readonly balances: readonly bigint[]
  /** 10^(36 − decimals), times the oracle's or vault's rate where the coin has one. */
  readonly rates: readonly bigint[]
  /** `A_precise()`: A times 100. With it the formula is that of pools which know A without its decimals, too. */
  readonly amp: bigint
  /** Parts of 10^10. */
  readonly fee: bigint
  readonly offpegFeeMultiplier: bigint
  /** Share of the fee that leaves the pool, parts of 10^10. */
  readonly adminFee: bigint
  /** Before v6 the product of the balances is divided by n at every coin instead of by n^n at its end. */
  readonly perCoin?: true
}

export interface Exchange {
  readonly amountOut: bigint
  readonly after: StableState
}

/**
 * `exchange(i, j, dx)`: what comes out, and the pool it leaves. Null where the contract reverts: nothing goes in or comes
 * out, or the iteration does not settle. Contract: `CurveStableSwapNG._exchange`. Pure.
 */
export function exchange(state: StableState, i: number, j: number, dx: bigint): Exchange | null {
  const { balances, rates, fee } = state
  const moved = dx <= 0n || i === j ? null : move(state, i, j, dx)
  if (moved === null) return null
  const { xp, x, y, dy } = moved
  const charged = dynamicFee((at(xp, i) + x) / 2n, (at(xp, j) + y) / 2n, fee, state.offpegFeeMultiplier)
  const dyFee = (dy * charged) / FEE_DENOMINATOR
  const amountOut = ((dy - dyFee) * PRECISION) / at(rates, j)
  const adminShare = (((dyFee * state.adminFee) / FEE_DENOMINATOR) * PRECISION) / at(rates, j)
  if (amountOut <= 0n) return null
  const changed = balances.map((balance, k) => {
    if (k === i) return balance + dx
    return k === j ? balance - amountOut - adminShare : balance
  })
  return { amountOut, after: { ...state, balances: changed } }
}

/**
 * `get_dy` as the first pools answer it, which round to the coin's decimals before the fee is taken and not behind it: a unit
 * may lie between this and what `exchange` pays out.
 */
export function earlyGetDy(state: StableState, i: number, j: number, dx: bigint): bigint | null {
  const moved = move(state, i, j, dx)
  if (moved === null) return null
  const dy = (moved.dy * PRECISION) / at(state.rates, j)
  return dy - (state.fee * dy) / FEE_DENOMINATOR
}

interface Moved {
  readonly xp: readonly bigint[]
  /** Scaled balances behind the swap, and what comes out before the fee. */
  readonly x: bigint
  readonly y: bigint
  readonly dy: bigint
}

function move({ balances, rates, amp, perCoin }: StableState, i: number, j: number, dx: bigint): Moved | null {
  const xp = balances.map((balance, k) => (at(rates, k) * balance) / PRECISION)
  if (xp.some((x) => x <= 0n)) return null
  const x = at(xp, i) + (dx * at(rates, i)) / PRECISION
  const d = invariant(xp, amp, perCoin)
  const y = d === null ? null : balanceAt(xp, i, j, x, amp, d)
  if (y === null) return null
  const dy = at(xp, j) - y - 1n
  return dy <= 0n ? null : { xp, x, y, dy }
}

/** D by Newton's method (`get_D`); null when it does not settle in 255 rounds. */
export function invariant(xp: readonly bigint[], amp: bigint, perCoin = false): bigint | null {
  const n = BigInt(xp.length)
  const sum = xp.reduce((total, x) => total + x, 0n)
  if (sum === 0n) return 0n
  const ann = amp * n
  let d = sum
  for (let round = 0; round < ROUNDS; round++) {
    const dp = perCoin
      ? xp.reduce((product, x) => (product * d) / (x * n), d)
      : xp.reduce((product, x) => (product * d) / x, d) / n ** n
    const before = d
    d = (((ann * sum) / A_PRECISION + dp * n) * d) / (((ann - A_PRECISION) * d) / A_PRECISION + (n + 1n) * dp)
    if (isClose(d, before)) return d
  }
  return null
}

/** The balance of coin `j` when that of coin `i` is `x` (`get_y`). */
function balanceAt(xp: readonly bigint[], i: number, j: number, x: bigint, amp: bigint, d: bigint): bigint | null {
  const n = BigInt(xp.length)
  const ann = amp * n
  let sum = 0n
  let c = d
  xp.forEach((balance, k) => {
    if (k === j) return
    const used = k === i ? x : balance
    sum += used
    c = (c * d) / (used * n)
  })
  c = (c * d * A_PRECISION) / (ann * n)
  const b = sum + (d * A_PRECISION) / ann
  let y = d
  for (let round = 0; round < ROUNDS; round++) {
    const before = y
    y = (y * y + c) / (2n * y + b - d)
    if (isClose(y, before)) return y
  }
  return null
}

/** Dearer the further the two balances are apart (`_dynamic_fee`). */
function dynamicFee(xi: bigint, xj: bigint, fee: bigint, multiplier: bigint): bigint {
  if (multiplier <= FEE_DENOMINATOR) return fee
  const both = (xi + xj) ** 2n
  return (multiplier * fee) / (((multiplier - FEE_DENOMINATOR) * 4n * xi * xj) / both + FEE_DENOMINATOR)
}

const isClose = (a: bigint, b: bigint): boolean => a - b <= 1n && b - a <= 1n

function at(list: readonly bigint[], index: number): bigint {
  const value = list[index]
  if (value === undefined) throw new RangeError(`the pool has no coin ${index}`)
  return value
}
