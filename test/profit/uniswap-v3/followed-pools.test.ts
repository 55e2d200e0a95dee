import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { deployerOn, type Contract } from '../../../src/devnet/deployer.js'
import type { Address, BlockRef, Hex } from '../../../src/domain/chain.js'
import { PoolKeeper } from '../../../src/profit/pool-keeper.js'
import type { PoolState } from '../../../src/profit/uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../../../src/profit/uniswap-v3/pool.js'
import { swapExactIn, swapExactOut } from '../../../src/profit/uniswap-v3/swap.js'
import { tickAtSqrtPrice } from '../../../src/profit/uniswap-v3/tick-price.js'
import { UniswapV3Venue } from '../../../src/profit/uniswap-v3/venue.js'
import type { FollowedChange } from '../../../src/profit/venue.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'
import {
  addLiquidity,
  createPool,
  deployToken,
  deployUniswap,
  executeExactIn,
  scatterLiquidity,
  sorted,
  type Uniswap,
} from '../support/uniswap.js'

const SEED = 41_117
const LONG = process.env.TEST_LONG !== undefined
const ROUNDS = LONG ? 300 : 30
/** Quotes per pool and round, compared with the contract. */
const QUOTES = LONG ? 10 : 4
const CROSSING = LONG ? 2_000 : 90
const MOST = 2n ** 128n - 1n

const SHAPES = [
  { fee: 500, spacing: 10, tick: -196_301, scale: 1e18 },
  { fee: 3000, spacing: 60, tick: 69_077, scale: 1e14 },
] as const

interface Case {
  readonly pool: Contract
  readonly pair: readonly [Contract, Contract]
  readonly shape: (typeof SHAPES)[number]
}

type Block = BlockRef & { readonly logsBloom?: Hex; baseFeePerGas: bigint; gasLimit: bigint; gasUsed: bigint }

describe(`pools that are followed by their events equal the real ones (seed ${SEED})`, () => {
  let anvil: Anvil
  let uniswap: Uniswap
  let reader: RpcReader
  let keeper: PoolKeeper
  const cases: Case[] = []
  const random = new Random(SEED)
  const chain: Block[] = []
  const venue = (): UniswapV3Venue =>
    new UniswapV3Venue({ kind: 'uniswapV3', name: 'uniswap', factory: uniswap.factory.address, fees: [500, 3000] })

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    uniswap = await deployUniswap(deployerOn(anvil.rpc, from))
    reader = new RpcReader(anvil.rpc)
    for (const shape of SHAPES) {
      const pair = sorted(await deployToken(uniswap, 'A', 18), await deployToken(uniswap, 'B', 18))
      const pool = await createPool(uniswap, pair, shape.fee, shape.tick)
      await scatterLiquidity(uniswap, pair, shape, random, 14, shape.scale)
      cases.push({ pool, pair, shape })
    }
    keeper = new PoolKeeper([venue()], { wrappedNative: tokenOf(cases[0], 0), hops: [] })
  })
  afterAll(() => anvil.stop())

  const tokenOf = (c: Case | undefined, i: 0 | 1): Address => c?.pair[i].address ?? '0x'
  const plans = () =>
    cases.map(({ pair: [a, b] }) => ({
      collateral: { address: a.address, symbol: 'A', decimals: 18 },
      debt: { address: b.address, symbol: 'B', decimals: 18 },
    }))

  async function blockAt(number: number): Promise<Block> {
    const tag = `0x${number.toString(16)}`
    const block = (await anvil.rpc('eth_getBlockByNumber', [tag, false])) as Record<string, Hex>
    const { hash = '0x', parentHash = '0x', timestamp = '0x0', logsBloom = '0x', gasUsed = '0x0' } = block
    const rest = { baseFeePerGas: 0n, gasLimit: 0n, gasUsed: BigInt(gasUsed), timestamp: BigInt(timestamp) }
    return { number, hash, parentHash, logsBloom, ...rest }
  }

  /** What a follower of heads would say: undone blocks by their hashes, then the new ones. */
  async function changed(): Promise<FollowedChange> {
    const head = await reader.block()
    while (chain.length > 0) {
      const tip = chain[chain.length - 1] as Block
      if (tip.number <= head && (await blockAt(tip.number)).hash === tip.hash) break
      chain.pop()
    }
    const ancestor = chain.at(-1) ?? null
    const added: Block[] = []
    for (let n = (ancestor?.number ?? head - 1) + 1; n <= head; n++) added.push(await blockAt(n))
    chain.push(...added)
    return { ancestor, added, jumped: false }
  }

  /** A real swap, unless it would leave the ticks around which the pool has liquidity. */
  async function trade(c: Case, zeroForOne: boolean, amount: bigint): Promise<void> {
    const [tokenIn, tokenOut] = zeroForOne ? c.pair : [c.pair[1], c.pair[0]]
    const after = (await quote(c, zeroForOne, true, amount))?.[1]
    if (after === undefined || Math.abs(tickAtSqrtPrice(after) - c.shape.tick) > 2_500) return
    const ends = { tokenIn: tokenIn.address, tokenOut: tokenOut.address }
    await executeExactIn(uniswap, c.pool, { ...ends, fee: c.shape.fee, amount })
  }

  async function act(): Promise<void> {
    const c = random.pick(cases)
    const { deployer, positions } = uniswap
    const kind = random.next()
    if (kind < 0.5) {
      const zeroForOne = random.next() < 0.5
      const price = zeroForOne ? 1 : 1.0001 ** c.shape.tick
      await trade(c, zeroForOne, random.amount(c.shape.scale * price, c.shape.scale * price * 300))
      return
    }
    if (kind < 0.75) {
      const centre = Math.floor(c.shape.tick / c.shape.spacing)
      const low = (centre + random.int(-40, 30)) * c.shape.spacing
      const high = low + random.int(1, 30) * c.shape.spacing
      const base = random.amount(c.shape.scale, c.shape.scale * 100)
      const amounts = [base, BigInt(Math.ceil(Number(base) * 1.0001 ** c.shape.tick)) + 1n] as const
      await addLiquidity(uniswap, c.pair, c.shape.fee, [low, high], amounts)
      return
    }
    const [count] = await deployer.read(positions, 'totalSupply', [])
    const id = random.int(1, Number(count))
    const liquidity = (await deployer.read(positions, 'positions', [id]))[7] as bigint
    const share = random.next() < 0.6 ? liquidity : liquidity / 3n
    if (share > 0n) await deployer.send(positions, 'decreaseLiquidity', [[id, share, 0, 0, MOST]])
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

  /** Price, tick, liquidity, and every initialised tick that both know. */
  function brief({ sqrtPriceX96, tick, liquidity, stopsUp }: PoolState, [low, high]: readonly [number, number]) {
    const ticks = stopsUp.filter((s) => s.initialised && s.tick >= low && s.tick <= high)
    return { sqrtPriceX96, tick, liquidity, ticks: ticks.map((s) => [s.tick, s.liquidityNet]) }
  }

  const ends = ({ stopsDown, stopsUp }: PoolState): readonly [number, number] => [
    stopsDown[0]?.tick ?? 0,
    stopsUp.at(-1)?.tick ?? 0,
  ]

  it('through swaps, mints, burns and reorgs: state, ticks and quotes to the wei', async () => {
    const count = { blocks: 0, reorgs: 0, quotes: 0, crossing: 0 }
    let snapshot: unknown = null
    await keeper.follow(reader, plans(), await changed())
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 6 === 2) snapshot = await anvil.rpc('evm_snapshot', [])
      if (round % 6 === 5) {
        await anvil.rpc('evm_revert', [snapshot])
        count.reorgs++
      }
      for (let i = random.int(1, 3); i > 0; i--) await act()
      await anvil.rpc('anvil_mine', ['0x1']) // acts may have been left out
      const change = await changed()
      count.blocks += change.added.length
      const book = await keeper.follow(reader, plans(), change)
      expect(keeper.book()).toBe(book)
      const fresh = venue()
      const number = await reader.block()
      const pairs = cases.map((c) => [c.pair[0].address, c.pair[1].address] as const)
      const read = await fresh.load(reader, await fresh.find(reader, pairs, number), number)
      for (const c of cases) {
        const mine = (book.get(c.pool.address) as UniswapV3Pool).state
        const theirs = (read.find(({ address }) => address === c.pool.address) as UniswapV3Pool).state
        const [a, b] = [ends(mine), ends(theirs)]
        const both = [Math.max(a[0], b[0]), Math.min(a[1], b[1])] as const
        expect({ round, ...brief(mine, both) }).toEqual({ round, ...brief(theirs, both) })
        const drawn = Array.from({ length: QUOTES }, () => {
          const [zeroForOne, exactIn] = [random.next() < 0.5, random.next() < 0.5]
          const unit = zeroForOne === exactIn ? 1 : 1.0001 ** c.shape.tick
          return { zeroForOne, exactIn, amount: random.amount(c.shape.scale * unit, c.shape.scale * unit * 400) }
        })
        const answers = await Promise.all(drawn.map((d) => quote(c, d.zeroForOne, d.exactIn, d.amount)))
        drawn.forEach((d, i) => {
          const swap = (d.exactIn ? swapExactIn : swapExactOut)(mine, d.zeroForOne, d.amount)
          if (swap.exhausted) return
          count.quotes++
          if (swap.ticksCrossed > 0) count.crossing++
          const want = [d.exactIn ? swap.amountOut : swap.amountIn, swap.sqrtPriceAfter]
          expect({ round, d, got: answers[i]?.slice(0, 2) }).toEqual({ round, d, got: want })
        })
      }
    }
    process.stdout.write(`followed pools: ${JSON.stringify(count)}\n`)
    expect(count.reorgs).toBeGreaterThanOrEqual(ROUNDS / 6)
    expect(count.crossing).toBeGreaterThanOrEqual(CROSSING)
  }, 300_000)

  it('reads nothing where nothing happened, and one request for logs where something did', async () => {
    reader.batches = reader.logRequests = 0
    await anvil.rpc('anvil_mine', ['0x1'])
    await keeper.follow(reader, plans(), await changed())
    expect([reader.batches, reader.logRequests]).toEqual([0, 0])
    const [c] = cases
    if (c === undefined) throw new Error('no pool')
    await trade(c, true, 10n ** 17n)
    await keeper.follow(reader, plans(), await changed())
    expect([reader.batches, reader.logRequests]).toEqual([0, 1])
  })

  it('reads a pool again when a log was left out', async () => {
    const [c] = cases
    if (c === undefined) throw new Error('no pool')
    const around = (by: number): number => Math.floor((c.shape.tick + by) / c.shape.spacing) * c.shape.spacing
    const price = 1.0001 ** c.shape.tick
    await addLiquidity(
      uniswap,
      c.pair,
      c.shape.fee,
      [around(-2_000), around(2_000)],
      [10n ** 20n, BigInt(Math.ceil(1e20 * price))],
    )
    await trade(c, true, 10n ** 17n)
    const forgetful = new RpcReader(anvil.rpc)
    const logs = forgetful.logs.bind(forgetful)
    forgetful.logs = async (...args) => (await logs(...args)).filter(({ topics }) => topics.length < 4)
    const book = await keeper.follow(forgetful, plans(), await changed())
    expect(forgetful.batches).toBeGreaterThan(0)
    const [liquidity] = await uniswap.deployer.read(c.pool, 'liquidity', [])
    expect((book.get(c.pool.address) as UniswapV3Pool).state.liquidity).toBe(liquidity)
  })
})
