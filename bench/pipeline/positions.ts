import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { planPositions, type PositionPlan } from '../../src/devnet/positions/plan.js'

/** Between two neighbours, in parts of the price of ether: whoever is `n` places behind falls below one with the n-th step. */
export const STEP = 150n
export const PARTS = 1_000_000n

/** Secured by ether alone, so that the price of ether alone decides who is next. */
const SHAPES = ['long ether', 'long ether, tether', 'long ether, two debts']
const SEED = 3

/**
 * Positions in a queue: the first is just above a health factor of one, each next one `STEP` further. What they hold is
 * what `planPositions` gives them, of 3,000 dollars and more.
 */
export function queueOfPositions(count: number): PositionPlan[] {
  const drawn = planPositions({ borrowers: count * 6 + 20, seed: SEED, markets: ['v3.6'], specials: false })
  const usable = drawn.filter(({ shape, whileHigh }) => whileHigh && SHAPES.includes(shape)).slice(0, count)
  if (usable.length < count) throw new Error(`only ${usable.length} of ${count} positions could be drawn`)
  return usable.map((plan, i) => {
    const wanted = PARTS + STEP * BigInt(i + 1)
    const debt = plan.debt.map(
      ([symbol, amount]) => [symbol, (amount * BigInt(plan.healthBps) * 100n) / wanted] as const,
    )
    return { ...plan, debt, healthBps: Number(wanted / 100n) }
  })
}

/** The price of ether at which those up to place `n` of the queue are below one, and nobody behind them. */
export const priceOfStep = (n: number): bigint =>
  // half a step further than the position's own threshold: interest and rounding stay inside
  (OPENING_PRICES.WETH * PARTS * 2n) / (2n * PARTS + STEP * (2n * BigInt(n) + 1n))
