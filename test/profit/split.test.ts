import type { Address } from '../../src/domain/chain.js'
import { bestLeg } from '../../src/profit/best-leg.js'
import { startOf } from '../../src/profit/context.js'
import type { Route, RouteStep } from '../../src/profit/route.js'
import { shareOfPurchase, shareOfSale, type Split } from '../../src/profit/split.js'
import { otherToken, type Pool } from '../../src/profit/venue.js'
import { UniswapV2Pair } from '../../src/profit/uniswap-v2/pair.js'
import { Random } from './support/random.js'
import { allRoutes, best, netOf } from './support/reference.js'
import { randomScene, type Scene } from './support/synthetic.js'

const SEED = 55_071
const LONG = process.env.TEST_LONG !== undefined
const CASES = LONG ? 1_500 : 120
const GRID = 200n
const LEGS = LONG ? 600 : 80

/** Two pools of one pair, of two kinds at times, and an amount that moves the price of the first. */
interface Drawn extends Split {
  readonly tokenIn: Address
  readonly amount: bigint
  readonly text: string
}

function draw(random: Random, i: number): Drawn | null {
  const { book, plan } = randomScene(random)
  const [tokenIn, tokenOut] = [plan.collateral.address, plan.debt.address]
  const pools = book.between(tokenIn, tokenOut)
  const [pool, other] = pools
  if (pool === undefined) return null
  const beside = other !== undefined && random.next() < 0.7 ? other : pairLike(pool, tokenIn, random)
  if (beside === null) return null
  let most = 10n ** BigInt(plan.collateral.decimals)
  while (pool.sell(tokenIn, most * 2n) !== null && most < 1n << 100n) most *= 2n
  const amount = random.amount(Number(most) / 64, Number(most) * 1.5)
  return { pool, beside, tokenIn, amount, text: `seed ${SEED} case ${i}: ${pool.label} and ${beside.label}, ${amount}` }
}

/** A constant-product pair at about the price of `pool`, from thin to deep. */
function pairLike(pool: Pool, tokenIn: Address, random: Random): Pool | null {
  const some = pool.sell(tokenIn, 10n ** 6n)
  if (some === null || some.amountOut === 0n) return null
  const depth = random.amount(1e3, 1e16)
  const [reserveIn, reserveOut] = [some.amountIn * depth, some.amountOut * depth]
  const [reserve0, reserve1] = pool.token0 === tokenIn ? [reserveIn, reserveOut] : [reserveOut, reserveIn]
  const ends = { token0: pool.token0, token1: pool.token1, address: `0x${'e'.repeat(40)}` as const }
  return new UniswapV2Pair({ ...ends, reserve0, reserve1, fee: 3_000 })
}

type Ask = (pool: Pool, amount: bigint) => bigint | null

/** What both together give or take for a share; null where one of them cannot. */
function together({ pool, beside }: Split, amount: bigint, share: bigint, ask: Ask): bigint | null {
  const [first, second] = [share, amount - share].map((part, i) =>
    part === 0n ? 0n : ask(i === 0 ? pool : beside, part),
  )
  return first == null || second == null ? null : first + second
}

describe(`a swap shared by two pools (seed ${SEED})`, () => {
  it.each(['sale', 'purchase'] as const)('%s: never worse than either alone, nor than 200 shares', (kind) => {
    const random = new Random(SEED + (kind === 'sale' ? 0 : 1))
    const count = { cases: 0, alone: 0, better: 0 }
    for (let i = 0; count.cases < CASES; i++) {
      const drawn = draw(random, i)
      if (drawn === null) continue
      const sale = kind === 'sale'
      const { tokenIn, text } = drawn
      const amount = sale ? drawn.amount : (drawn.pool.sell(tokenIn, drawn.amount)?.amountOut ?? 0n)
      if (amount < 10_000n) continue
      const ask: Ask = (pool, part) =>
        sale
          ? (pool.sell(tokenIn, part)?.amountOut ?? null)
          : minus(pool.buy(otherToken(pool, tokenIn), part)?.amountIn ?? null)
      const share = sale
        ? shareOfSale(drawn, tokenIn, amount)
        : shareOfPurchase(drawn, otherToken(drawn.pool, tokenIn), amount)
      const mine = share === null ? null : together(drawn, amount, share, ask)
      const alone = best([together(drawn, amount, 0n, ask), together(drawn, amount, amount, ask)])
      const grid = Array.from({ length: Number(GRID) - 1 }, (_, k) => (amount * BigInt(k + 1)) / GRID)
      const theirs = best(
        grid.filter((part) => part > 0n && part < amount).map((part) => together(drawn, amount, part, ask)),
      )
      count.cases++
      if (mine === null && theirs === null) continue
      if (alone !== null) count.alone++
      if (mine !== null && (alone === null || mine > alone)) count.better++
      // the route of one pool stands beside it: what is chosen is the better of the two
      const chosen = best([mine, alone])
      if (chosen === null || (theirs !== null && chosen < theirs - magnitude(theirs) / 100_000n))
        throw new Error(`${text}: ${chosen} with ${share}, a grid finds ${theirs}`)
    }
    process.stdout.write(`shared ${kind}: ${JSON.stringify(count)}\n`)
    expect(count.better).toBeGreaterThan(CASES / 5)
  })

  it('is chosen where it pays for its gas, and never nets less than any one pool', () => {
    const random = new Random(SEED + 2)
    const count = { legs: 0, split: 0 }
    for (let i = 0; i < LEGS; i++) {
      const scene = randomScene(random)
      const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
      if (!('parts' in leg)) continue
      count.legs++
      if (isShared(leg.way)) count.split++
      const single = best(singles(scene).map((route) => netOf(scene, route, leg.amounts.repay)))
      if (single !== null && leg.netWei < single)
        throw new Error(`seed ${SEED + 2} case ${i}: ${leg.netWei} is less than ${single} of one pool`)
    }
    process.stdout.write(`legs that share a swap: ${JSON.stringify(count)}\n`)
    expect(count.split).toBeGreaterThan(0)
  })
})

const singles = (scene: Scene): readonly Route[] => allRoutes(scene).filter((route) => !isShared(route))
const isShared = ({ steps }: Pick<Route, 'steps'>): boolean => steps.some(shares)
const shares = (step: RouteStep): boolean =>
  step.kind === 'swap'
    ? step.beside !== undefined
    : step.kind !== 'liquidate' && ((step.kind === 'flashSwap' && step.beside !== undefined) || step.body.some(shares))

const minus = (amount: bigint | null): bigint | null => (amount === null ? null : -amount)
const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
