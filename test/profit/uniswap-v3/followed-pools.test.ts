import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { deployerOn, type Contract } from '../../../src/devnet/deployer.js'
import type { Address, Head, Hex, LogFilter, RawLog } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger, type Metrics } from '../../../src/domain/ports.js'
import type { PoolChain } from '../../../src/profit/followed-books.js'
import { PoolKeeper } from '../../../src/profit/pool-keeper.js'
import type { PoolState } from '../../../src/profit/uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../../../src/profit/uniswap-v3/pool.js'
import { swapExactIn, swapExactOut } from '../../../src/profit/uniswap-v3/swap.js'
import { tickAtSqrtPrice } from '../../../src/profit/uniswap-v3/tick-price.js'
import { UniswapV3Venue } from '../../../src/profit/uniswap-v3/venue.js'
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

describe(`pools that are followed by their events equal the real ones (seed ${SEED})`, () => {
  let anvil: Anvil
  let uniswap: Uniswap
  let reader: RpcReader
  let keeper: PoolKeeper
  const cases: Case[] = []
  const random = new Random(SEED)
  /** What the chain answers may be changed by a test. */
  let readLogs: (filter: LogFilter, block: Head) => Promise<readonly RawLog[]>
  let headersRead = 0
  const venue = (): UniswapV3Venue =>
    new UniswapV3Venue({ kind: 'uniswapV3', name: 'uniswap', factory: uniswap.factory.address, fees: [500, 3000] })

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    uniswap = await deployUniswap(deployerOn(anvil.rpc, from))
    reader = new RpcReader(anvil.rpc)
    readLogs = honest
    for (const shape of SHAPES) {
      const pair = sorted(await deployToken(uniswap, 'A', 18), await deployToken(uniswap, 'B', 18))
      const pool = await createPool(uniswap, pair, shape.fee, shape.tick)
      await scatterLiquidity(uniswap, pair, shape, random, 14, shape.scale)
      cases.push({ pool, pair, shape })
    }
    keeper = keeperWith(noMetrics)
  })
  afterAll(() => anvil.stop())
  afterEach(() => {
    readLogs = honest
  })

  const honest = (filter: LogFilter, { hash }: Head): Promise<readonly RawLog[]> => reader.logsOf(filter, hash)
  const keeperWith = (metrics: Metrics): PoolKeeper => {
    const chain: PoolChain = {
      readerAt: () => reader,
      logs: (filter, block) => readLogs(filter, block),
      blocks: {
        byHash: async (hash) => {
          headersRead++
          return headOf(await anvil.rpc('eth_getBlockByHash', [hash, false]))
        },
        byNumber: async (number) => headOf(await anvil.rpc('eth_getBlockByNumber', [hex(number), false])),
      },
    }
    return new PoolKeeper([venue()], { wrappedNative: tokenOf(cases[0], 0), hops: [] }, chain, silentLogger, metrics)
  }

  const tokenOf = (c: Case | undefined, i: 0 | 1): Address => c?.pair[i].address ?? '0x'
  const plans = () =>
    cases.map(({ pair: [a, b] }) => ({
      collateral: { address: a.address, symbol: 'A', decimals: 18 },
      debt: { address: b.address, symbol: 'B', decimals: 18 },
    }))

  const hex = (n: number): Hex => `0x${n.toString(16)}`

  function headOf(answer: unknown): Head | null {
    if (answer === null) return null
    const { number = '0x', hash = '0x', parentHash = '0x', ...rest } = answer as Record<string, Hex>
    const { timestamp = '0x0', logsBloom = '0x', gasUsed = '0x0' } = rest
    const fees = { baseFeePerGas: 0n, gasLimit: 0n, gasUsed: BigInt(gasUsed) }
    return { number: Number(number), hash, parentHash, logsBloom, ...fees, timestamp: BigInt(timestamp) }
  }

  async function latest(): Promise<Head> {
    const head = headOf(await anvil.rpc('eth_getBlockByNumber', ['latest', false]))
    if (head === null) throw new Error('no block')
    return head
  }

  const stateIn = (of: PoolKeeper, head: Head, { pool }: Case): PoolState => {
    const found = of.book(head)?.get(pool.address)
    if (!(found instanceof UniswapV3Pool)) throw new Error('the pool is not in the book')
    return found.state
  }

  const first = (): Case => cases[0] ?? raise('no pool')

  /** A block of its own in which the price of a pool moves. */
  async function move(among: readonly Case[] = cases): Promise<Case> {
    for (const zeroForOne of [true, false]) {
      for (const c of among) {
        const was = await priceOf(c)
        const unit = zeroForOne ? 1 : 1.0001 ** c.shape.tick
        await trade(c, zeroForOne, BigInt(Math.ceil(c.shape.scale * unit)))
        if ((await priceOf(c)) !== was) return c
      }
    }
    return raise('no pool can be traded in')
  }

  async function priceOf(c: Case): Promise<bigint> {
    return (await uniswap.deployer.read(c.pool, 'slot0', []))[0] as bigint
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

  it('through swaps, mints, burns, gaps and reorgs: state, ticks and quotes to the wei', async () => {
    const count = { blocks: 0, gaps: 0, reorgs: 0, quotes: 0, crossing: 0 }
    let snapshot: unknown = null
    let before = (await latest()).number
    await keeper.at(await latest(), plans())
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 6 === 2) snapshot = await anvil.rpc('evm_snapshot', [])
      if (round % 6 === 5) {
        await anvil.rpc('evm_revert', [snapshot])
        count.reorgs++
      }
      for (let i = random.int(1, 3); i > 0; i--) await act()
      if (round % 25 === 24) count.gaps++
      await anvil.rpc('anvil_mine', [hex(round % 25 === 24 ? 40 : 1)]) // acts may have been left out
      const head = await latest()
      count.blocks += Math.abs(head.number - before)
      before = head.number
      const book = await keeper.at(head, plans())
      expect(keeper.book(head)).toBe(book)
      await keeper.check(head)
      expect(keeper.book(head)).toBe(book)
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
    process.stdout.write(`followed pools (seed ${SEED}): ${JSON.stringify(count)}\n`)
    expect(count.reorgs).toBeGreaterThanOrEqual(ROUNDS / 6)
    expect(count.crossing).toBeGreaterThanOrEqual(CROSSING)
  }, 300_000)

  it('reads nothing where nothing happened, and one request for logs where something did', async () => {
    await keeper.at(await latest(), plans())
    reader.batches = reader.logRequests = headersRead = 0
    await anvil.rpc('anvil_mine', ['0x1'])
    await keeper.follow(await latest())
    expect([reader.batches, reader.logRequests]).toEqual([0, 0])
    const moved = await move()
    const head = await latest()
    await keeper.follow(head)
    expect([reader.batches, reader.logRequests]).toEqual([0, 1])
    await keeper.at(head, plans())
    expect([reader.batches, reader.logRequests, headersRead]).toEqual([0, 1, 0])
    expect(stateIn(keeper, head, moved).sqrtPriceX96).toBe(await priceOf(moved))
  })

  it('has a book of no other head than the one that was asked for', async () => {
    const old = await latest()
    const were = await Promise.all(cases.map(priceOf))
    await keeper.at(old, plans())
    const moved = await move()
    const head = await latest()
    expect(keeper.book(head)).toBeNull()
    await keeper.follow(head)
    expect(keeper.book(old)).toBeNull()
    // a decision that is still about the block before: read there, and what is followed stays where it is
    const older = (await keeper.at(old, plans())).get(moved.pool.address)
    expect(older instanceof UniswapV3Pool && older.state.sqrtPriceX96).toBe(were[cases.indexOf(moved)])
    expect(stateIn(keeper, head, moved).sqrtPriceX96).toBe(await priceOf(moved))
  })

  it('asks for the headers of heads that were left out, and not for those that were seen', async () => {
    await keeper.at(await latest(), plans())
    headersRead = 0
    for (let i = 0; i < 3; i++) {
      await move()
      if (i === 1) keeper.saw(await latest())
    }
    const head = await latest()
    await keeper.follow(head)
    expect(headersRead).toBe(1)
    for (const c of cases) expect(stateIn(keeper, head, c).sqrtPriceX96).toBe(await priceOf(c))
  })

  it('reads everything anew after a read that failed', async () => {
    await keeper.at(await latest(), plans())
    await move()
    const failed = await latest()
    readLogs = () => Promise.reject(new Error('no node'))
    await expect(keeper.follow(failed)).rejects.toThrow('no node')
    expect(keeper.book(failed)).toBeNull()
    readLogs = honest
    reader.batches = reader.logRequests = 0
    await move()
    const head = await latest()
    await keeper.follow(head)
    expect([reader.batches > 0, reader.logRequests]).toEqual([true, 0])
    for (const c of cases) expect(stateIn(keeper, head, c).sqrtPriceX96).toBe(await priceOf(c))
  })

  it('a read that hangs holds up nobody once it was given up, and changes nothing when it comes back', async () => {
    await keeper.at(await latest(), plans())
    await move()
    const [reached, gate] = [door(), door()]
    readLogs = async (filter, block) => {
      reached.open()
      await gate.opened
      return honest(filter, block)
    }
    const hung = keeper.follow(await latest())
    await reached.opened
    keeper.forget()
    readLogs = honest
    await move()
    const head = await latest()
    await keeper.follow(head)
    gate.open()
    await hung
    for (const c of cases) expect(stateIn(keeper, head, c).sqrtPriceX96).toBe(await priceOf(c))
  })

  it('reads a pool again when a log was left out', async () => {
    const c = await move()
    const before = await latest()
    await keeper.at(before, plans())
    const here = Math.floor(stateIn(keeper, before, c).tick / c.shape.spacing)
    const range = [(here - 30) * c.shape.spacing, (here + 30) * c.shape.spacing] as const
    await addLiquidity(uniswap, c.pair, c.shape.fee, range, amountsAt(c, 10n ** 20n))
    await move([c])
    readLogs = async (...args) => (await honest(...args)).filter(({ topics }) => topics.length < 4)
    reader.batches = 0
    const head = await latest()
    await keeper.follow(head)
    expect(reader.batches).toBeGreaterThan(0)
    const [liquidity] = await uniswap.deployer.read(c.pool, 'liquidity', [])
    expect(stateIn(keeper, head, c).liquidity).toBe(liquidity)
  })

  it('finds by turns what no log has told, and reads anew', async () => {
    const c = first()
    const counted: string[] = []
    const careful = keeperWith({ ...noMetrics, count: (name) => counted.push(name) })
    await careful.at(await latest(), plans())
    // liquidity that is not in use: neither price nor liquidity tell of it
    const away = Math.floor((c.shape.tick + 500) / c.shape.spacing) * c.shape.spacing
    readLogs = () => Promise.resolve([])
    await addLiquidity(uniswap, c.pair, c.shape.fee, [away, away + 10 * c.shape.spacing], amountsAt(c, 10n ** 20n))
    const head = await latest()
    await careful.follow(head)
    const has = (): boolean => stateIn(careful, head, c).stopsUp.some((s) => s.tick === away && s.initialised)
    const knew = has()
    await careful.check(head)
    expect({ knew, has: has(), counted }).toEqual({ knew: false, has: true, counted: ['pool_differences'] })
    await careful.check(head)
    expect(counted).toHaveLength(1)
  })
})

function door(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

const raise = (why: string): never => {
  throw new Error(why)
}

const amountsAt = ({ shape }: Case, amount0: bigint): [bigint, bigint] => [
  amount0,
  BigInt(Math.ceil(Number(amount0) * 1.0001 ** shape.tick)) + 1n,
]
