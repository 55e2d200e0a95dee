import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { deployerOn, type Contract } from '../../../src/devnet/deployer.js'
import { MULTICALL } from '../../../src/devnet/multicall.js'
import type { Address } from '../../../src/domain/chain.js'
import { swapExactIn, swapExactOut } from '../../../src/profit/uniswap-v3/swap.js'
import type { PoolState } from '../../../src/profit/uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../../../src/profit/uniswap-v3/pool.js'
import { ETHER } from '../../../src/profit/uniswap-v4/pool-id.js'
import { UniswapV4Venue } from '../../../src/profit/uniswap-v4/venue.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'
import { deployToken, deployUniswap } from '../support/uniswap.js'
import {
  amountsOf,
  approveAll,
  deltaOf,
  deployUniswapV4,
  fundEther,
  keyOf,
  nativeKeyOf,
  openManaged,
  swapArgs,
  swapManaged,
  type UniswapV4,
} from '../support/uniswap-v4.js'

const SEED = 20_261_123
const LONG = process.env.TEST_LONG !== undefined
const QUOTES = LONG ? 6_000 : 540
const CROSSING = LONG ? 2_000 : 200
const CROSSING_NATIVE = LONG ? 700 : 70
const SWAPS = LONG ? 100 : 10

/** `protocol` are the manager's own fees, millionths: up in the upper 12 bits, down in the lower. */
const SHAPES = [
  { fee: 100, tickSpacing: 1, tick: 7, scale: 1e10, protocol: 0 },
  { fee: 500, tickSpacing: 10, tick: -196_301, scale: 1e18, protocol: (400 << 12) | 1_000 },
  { fee: 3_000, tickSpacing: 60, tick: 69_077, scale: 1e14, protocol: 77 },
  { fee: 7_777, tickSpacing: 33, tick: 2_559, scale: 1e6, protocol: 500 << 12 },
] as const
/** The same with native ether in place of the first token, which stands for it. */
const NATIVE_SHAPES = [SHAPES[1], SHAPES[3]] as const

describe(`Uniswap v4 quotes equal the real manager (seed ${SEED})`, () => {
  let anvil: Anvil
  let v4: UniswapV4
  let reader: RpcReader
  let venue: UniswapV4Venue
  const cases: { key: ReturnType<typeof keyOf>; name: Address }[] = []
  const random = new Random(SEED)

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    const uniswap = await deployUniswap(deployerOn(anvil.rpc, from))
    v4 = await deployUniswapV4(uniswap.deployer)
    reader = new RpcReader(anvil.rpc)
    const shapes = SHAPES.map(({ fee, tickSpacing }) => ({ fee, tickSpacing }))
    const made: Contract[] = []
    for (const symbol of ['A', 'B']) made.push(await deployToken(uniswap, symbol, 18))
    for (const token of made) await approveAll(v4, token)
    const [a, b] = made.map(({ address }) => address) as [Address, Address]
    const config = { kind: 'uniswapV4', name: 'uniswap', manager: v4.manager.address, shapes } as const
    venue = new UniswapV4Venue(config, { wrappedNative: a, multicall: MULTICALL })
    await fundEther(v4)
    const keys = [
      ...SHAPES.map((shape) => [shape, keyOf([a, b], shape)] as const),
      ...NATIVE_SHAPES.map((shape) => [shape, nativeKeyOf(b, shape)] as const),
    ]
    for (const [shape, key] of keys) {
      await openManaged(v4, key, { ...shape, positions: 18 }, random)
      if (shape.protocol !== 0) await v4.on.send(v4.manager, 'setProtocolFee', [key, shape.protocol])
    }
    const found = await venue.find(reader, [[a, b]], await reader.block())
    for (const [, key] of keys) {
      const pool = found[cases.length]
      if (pool === undefined) throw new Error('a pool was not found')
      const ends = key[0] === ETHER ? [a, b] : [key[0], key[1]]
      expect([pool.token0, pool.token1]).toEqual(ends)
      cases.push({ key, name: pool.address })
    }
  })
  afterAll(() => anvil.stop())

  async function states(): Promise<Map<Address, PoolState>> {
    const block = await reader.block()
    const found = await venue.find(reader, [[cases[0]?.key[0] ?? '0x', cases[0]?.key[1] ?? '0x']], block)
    const pools = await venue.load(reader, found, block)
    return new Map(pools.map((p) => [p.address, (p as UniswapV3Pool).state]))
  }

  function depth(state: PoolState, zeroForOne: boolean, exactIn: boolean): number {
    const fills = (amount: bigint) => !(exactIn ? swapExactIn : swapExactOut)(state, zeroForOne, amount).exhausted
    let amount = 1n
    while (fills(amount * 2n)) amount *= 2n
    return Number(amount)
  }

  const draw = (pools: Map<Address, PoolState>) => {
    const c = random.pick(cases)
    const state = pools.get(c.name)
    if (state === undefined) throw new Error('a pool was not read')
    const zeroForOne = random.next() < 0.5
    const exactIn = random.next() < 0.5
    const most = depth(state, zeroForOne, exactIn)
    const amount = random.amount(random.next() < 0.1 ? 1 : most / 30, most * 1.5)
    const mine = (exactIn ? swapExactIn : swapExactOut)(state, zeroForOne, amount)
    const native = c.key[0] === ETHER
    const text = `seed ${SEED}: ${native ? 'ether, ' : ''}fee ${c.key[2]} ${zeroForOne ? '0→1' : '1→0'} ${exactIn ? 'in' : 'out'} ${amount}`
    return { c, native, zeroForOne, exactIn, amount, mine, text }
  }

  it('exact input and output, with the protocol fee on either side', async () => {
    const pools = await states()
    expect(pools.size).toBe(SHAPES.length + NATIVE_SHAPES.length)
    const count = { exact: 0, crossing: 0, crossingNative: 0, exhausted: 0 }
    for (let batch = 0; batch < QUOTES / 60; batch++) {
      const drawn = Array.from({ length: 60 }, () => draw(pools))
      const answers = await Promise.all(
        drawn.map((d) => deltaOf(v4, swapArgs(d.c.key, d.zeroForOne, d.exactIn, d.amount))),
      )
      drawn.forEach((d, i) => {
        if (d.mine.exhausted) {
          count.exhausted++
          return
        }
        count.exact++
        if (d.mine.ticksCrossed > 0) count.crossing++
        if (d.mine.ticksCrossed > 0 && d.native) count.crossingNative++
        const delta = answers[i] ?? null
        const said = delta === null ? null : amountsOf(delta, d.zeroForOne)
        expect([d.text, said]).toEqual([d.text, [d.mine.amountIn, d.mine.amountOut]])
      })
    }
    process.stdout.write(`uniswap v4 quotes: ${JSON.stringify(count)} (seed ${SEED})\n`)
    expect(count.crossing).toBeGreaterThanOrEqual(CROSSING)
    expect(count.crossingNative).toBeGreaterThanOrEqual(CROSSING_NATIVE)
    expect(count.exhausted).toBeGreaterThan(0)
  })

  it('predicts executed swaps and the pool they leave', async () => {
    let pools = await states()
    for (let done = 0; done < SWAPS;) {
      const d = draw(pools)
      if (d.mine.exhausted) continue
      const { length: before } = [...pools.values()]
      await swapManaged(v4, swapArgs(d.c.key, d.zeroForOne, d.exactIn, d.amount))
      pools = await states()
      expect(pools.size).toBe(before)
      const after = pools.get(d.c.name)
      const want = [d.mine.sqrtPriceAfter, d.mine.tickAfter, d.mine.liquidityAfter]
      expect([d.text, after?.sqrtPriceX96, after?.tick, after?.liquidity]).toEqual([d.text, ...want])
      done++
    }
  })
})
