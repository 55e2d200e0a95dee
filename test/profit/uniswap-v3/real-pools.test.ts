import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { deployerOn, type Contract } from '../../../src/devnet/deployer.js'
import type { Address } from '../../../src/domain/chain.js'
import type { PoolState } from '../../../src/profit/uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../../../src/profit/uniswap-v3/pool.js'
import { afterSwap, swapExactIn, swapExactOut } from '../../../src/profit/uniswap-v3/swap.js'
import { UniswapV3Venue } from '../../../src/profit/uniswap-v3/venue.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'
import {
  createPool,
  deployToken,
  deployUniswap,
  executeExactIn,
  scatterLiquidity,
  sorted,
  type Uniswap,
} from '../support/uniswap.js'

const SEED = 20_261_121
const QUOTES = process.env.TEST_LONG === undefined ? 660 : 2_760
/** So many cross at least one initialised tick: where fewer of these do, more are asked. */
const CROSSING = process.env.TEST_LONG === undefined ? 500 : 2_000
const SWAPS = process.env.TEST_LONG === undefined ? 30 : 240

/** fee, tick spacing, starting tick (about the price of token1 in token0), smallest amount of token0 per position. */
const SHAPES = [
  { fee: 100, spacing: 1, tick: 7, scale: 1e10 },
  { fee: 500, spacing: 10, tick: -196_301, scale: 1e18 },
  { fee: 3000, spacing: 60, tick: 69_077, scale: 1e14 },
  { fee: 10_000, spacing: 200, tick: 199_800, scale: 1e7 },
  { fee: 3000, spacing: 60, tick: -15_361, scale: 1e21 },
  { fee: 500, spacing: 10, tick: 2_559, scale: 1e6 },
] as const

interface Case {
  readonly pool: Contract
  readonly pair: readonly [Contract, Contract]
  readonly shape: (typeof SHAPES)[number]
}

describe(`Uniswap v3 quotes equal the real pools (seed ${SEED})`, () => {
  let anvil: Anvil
  let uniswap: Uniswap
  let reader: RpcReader
  let venue: UniswapV3Venue
  const cases: Case[] = []
  const random = new Random(SEED)

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    uniswap = await deployUniswap(deployerOn(anvil.rpc, from))
    reader = new RpcReader(anvil.rpc)
    venue = new UniswapV3Venue({
      kind: 'uniswapV3',
      name: 'uniswap',
      factory: uniswap.factory.address,
      fees: [100, 500, 3000, 10_000],
    })
    for (const shape of SHAPES) {
      const pair = sorted(await deployToken(uniswap, 'A', 18), await deployToken(uniswap, 'B', 18))
      const pool = await createPool(uniswap, pair, shape.fee, shape.tick)
      await scatterLiquidity(uniswap, pair, shape, random, 18, shape.scale)
      cases.push({ pool, pair, shape })
    }
  })

  afterAll(() => anvil.stop())

  async function states(of: readonly Case[] = cases): Promise<Map<Address, PoolState>> {
    const block = await reader.block()
    const pairs = of.map((c) => [c.pair[0].address, c.pair[1].address] as const)
    const pools = await venue.load(reader, await venue.find(reader, pairs, block), block)
    return new Map(pools.map((p) => [p.address, (p as UniswapV3Pool).state]))
  }

  async function quote(c: Case, zeroForOne: boolean, exactIn: boolean, amount: bigint): Promise<bigint[] | null> {
    const [tokenIn, tokenOut] = zeroForOne ? c.pair : [c.pair[1], c.pair[0]]
    const method = exactIn ? 'quoteExactInputSingle' : 'quoteExactOutputSingle'
    const params = [tokenIn.address, tokenOut.address, amount, c.shape.fee, 0]
    return uniswap.deployer.read(uniswap.quoter, method, [params]).then(
      (answer) => answer.toArray() as bigint[],
      () => null,
    )
  }

  /** The greatest power of two that the ticks which were read fill. */
  function depth(state: PoolState, zeroForOne: boolean, exactIn: boolean): number {
    const fills = (amount: bigint) => !(exactIn ? swapExactIn : swapExactOut)(state, zeroForOne, amount).exhausted
    let amount = 1n
    while (fills(amount * 2n)) amount *= 2n
    return Number(amount)
  }

  it('quotes exact input and output to the wei, and says when the ticks that were read end', async () => {
    const pools = await states()
    const count = { asked: 0, exact: 0, crossing: 0, exhausted: 0 }
    while (count.asked < QUOTES || (count.crossing < CROSSING && count.asked < QUOTES * 3)) {
      count.asked += 60
      const drawn = Array.from({ length: 60 }, () => {
        const c = random.pick(cases)
        const state = pools.get(c.pool.address)
        if (state === undefined) throw new Error('a pool was not read')
        const zeroForOne = random.next() < 0.5
        const exactIn = random.next() < 0.5
        const most = depth(state, zeroForOne, exactIn)
        const amount = random.amount(random.next() < 0.1 ? 1 : most / 30, most * 2)
        return { c, state, zeroForOne, exactIn, amount }
      })
      const answers = await Promise.all(drawn.map((d) => quote(d.c, d.zeroForOne, d.exactIn, d.amount)))
      drawn.forEach((d, i) => {
        const mine = (d.exactIn ? swapExactIn : swapExactOut)(d.state, d.zeroForOne, d.amount)
        const answer = answers[i]
        if (mine.exhausted) {
          count.exhausted++
          return
        }
        count.exact++
        if (mine.ticksCrossed > 0) count.crossing++
        const want = [d.exactIn ? mine.amountOut : mine.amountIn, mine.sqrtPriceAfter]
        expect({ d: describeCase(d), got: answer?.slice(0, 2) }).toEqual({ d: describeCase(d), got: want })
      })
    }
    process.stdout.write(`uniswap quotes: ${JSON.stringify(count)} (seed ${SEED})\n`)
    expect(count.exact).toBeGreaterThan(count.asked * 0.7)
    expect(count.crossing).toBeGreaterThanOrEqual(CROSSING)
    expect(count.exhausted).toBeGreaterThan(0)
  })

  it('predicts executed swaps and the pool they leave', async () => {
    const pools = await states()
    for (let i = 0; i < SWAPS; i++) {
      const c = random.pick(cases)
      const before = pools.get(c.pool.address)
      if (before === undefined) throw new Error('a pool was not read')
      const zeroForOne = random.next() < 0.5
      const amount = random.amount(1, depth(before, zeroForOne, true) / 2)
      const mine = swapExactIn(before, zeroForOne, amount)
      if (mine.exhausted) continue
      const [tokenIn, tokenOut] = zeroForOne ? c.pair : [c.pair[1], c.pair[0]]
      const swap = { tokenIn: tokenIn.address, tokenOut: tokenOut.address, fee: c.shape.fee, amount }
      const event = await executeExactIn(uniswap, c.pool, swap)
      const [paid, got] = zeroForOne ? [event[0], event[1]] : [event[1], event[0]]
      expect([paid, got]).toEqual([mine.amountIn, -mine.amountOut])
      const predicted = afterSwap(before, mine)
      const after = (await states([c])).get(c.pool.address)
      if (after !== undefined) pools.set(c.pool.address, after)
      const brief = (s: PoolState | undefined) => [s?.sqrtPriceX96, s?.tick, s?.liquidity]
      expect(brief(after)).toEqual(brief(predicted))
    }
  })

  it('reads everything in one batch once it knows where the ticks are', async () => {
    await states()
    reader.batches = 0
    const pools = await states()
    expect(pools.size).toBe(cases.length)
    expect(reader.batches).toBe(1)
  })
})

const describeCase = (d: { c: Case; zeroForOne: boolean; exactIn: boolean; amount: bigint }): string =>
  `seed ${SEED}: fee ${d.c.shape.fee} tick ${d.c.shape.tick} ${d.zeroForOne ? '0→1' : '1→0'} ${d.exactIn ? 'in' : 'out'} ${d.amount}`
