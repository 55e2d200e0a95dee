import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { deployerOn, type Contract, type Deployer } from '../../../src/devnet/deployer.js'
import type { Address } from '../../../src/domain/chain.js'
import { UniswapV2Pair } from '../../../src/profit/uniswap-v2/pair.js'
import { UniswapV2Venue } from '../../../src/profit/uniswap-v2/venue.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'
import { deployToken, deployUniswap, type Uniswap } from '../support/uniswap.js'
import { deployPairFactory, openPair } from '../support/uniswap-v2.js'

const SEED = 20_261_122
const SWAPS = process.env.TEST_LONG === undefined ? 120 : 1_200

/** Reserves from a few units to the most that a pair holds. */
const RESERVES = [
  [10n ** 24n, 3n * 10n ** 12n],
  [5_000n, 70_000n],
  [2n ** 111n, 10n ** 19n],
] as const

describe(`Uniswap v2 quotes equal the real pairs (seed ${SEED})`, () => {
  let anvil: Anvil
  let on: Deployer
  let reader: RpcReader
  let venue: UniswapV2Venue
  const pairs: { contract: Contract; tokens: readonly [Contract, Contract] }[] = []
  const random = new Random(SEED)

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    const uniswap: Uniswap = await deployUniswap(deployerOn(anvil.rpc, from))
    on = uniswap.deployer
    reader = new RpcReader(anvil.rpc)
    const factory = await deployPairFactory(on)
    venue = new UniswapV2Venue({ kind: 'uniswapV2', name: 'uniswap', factory: factory.address, fee: 3_000 })
    for (const [a, b] of RESERVES) {
      const tokens = [await deployToken(uniswap, 'A', 18), await deployToken(uniswap, 'B', 18)] as const
      const sides = [
        [tokens[0].address, a],
        [tokens[1].address, b],
      ] as const
      const give = (token: Address, to: Address, amount: bigint) =>
        on.send({ ...tokens[0], address: token }, 'transfer', [to, amount])
      pairs.push({ contract: await openPair(on, factory, sides, give), tokens })
    }
  })
  afterAll(() => anvil.stop())

  async function load(): Promise<Map<Address, UniswapV2Pair>> {
    const block = await reader.block()
    const wanted = pairs.map(({ tokens }) => [tokens[0].address, tokens[1].address] as const)
    const pools = await venue.load(reader, await venue.find(reader, wanted, block), block)
    return new Map(pools.map((p) => [p.address, p as UniswapV2Pair]))
  }

  const swap = (pair: Contract, zeroForOne: boolean, out: bigint) =>
    on.send(pair, 'swap', [...(zeroForOne ? [0n, out] : [out, 0n]), on.from, '0x'])

  it('gives exactly what the pair allows: not a unit more comes out, not a unit less goes in', async () => {
    let read = await load()
    expect(read.size).toBe(RESERVES.length)
    let swaps = 0
    while (swaps < SWAPS) {
      const { contract, tokens } = random.pick(pairs)
      const pool = read.get(contract.address)
      if (pool === undefined) throw new Error('a pair was not read')
      const zeroForOne = random.next() < 0.5
      const [reserveIn, reserveOut] = zeroForOne ? pool.reserves : ([...pool.reserves].reverse() as [bigint, bigint])
      const tokenIn = zeroForOne ? pool.token0 : pool.token1
      const tokenOut = zeroForOne ? pool.token1 : pool.token0
      const exactIn = random.next() < 0.5
      const quote = exactIn
        ? pool.sell(tokenIn, random.amount(1, Number(reserveIn)))
        : pool.buy(tokenOut, random.amount(1, Number(reserveOut) / 2))
      if (quote === null) continue
      const token = tokens.find(({ address }) => address === tokenIn) ?? tokens[0]
      const note = `seed ${SEED}, swap ${swaps}: ${contract.address} ${exactIn ? 'in' : 'out'} ${quote.amountIn} → ${quote.amountOut}`
      if (exactIn) {
        await on.send(token, 'transfer', [contract.address, quote.amountIn])
        await expect(swap(contract, zeroForOne, quote.amountOut + 1n)).rejects.toThrow()
      } else {
        await on.send(token, 'transfer', [contract.address, quote.amountIn - 1n])
        await expect(swap(contract, zeroForOne, quote.amountOut)).rejects.toThrow()
        await on.send(token, 'transfer', [contract.address, 1n])
      }
      await swap(contract, zeroForOne, quote.amountOut)
      read = await load()
      expect([note, read.get(contract.address)?.reserves]).toEqual([note, (quote.after as UniswapV2Pair).reserves])
      swaps++
    }
    process.stdout.write(`uniswap v2: ${swaps} executed swaps (seed ${SEED})\n`)
  })

  it('refuses what the pair refuses', async () => {
    const pools = [...(await load()).values()]
    for (const pool of pools) {
      const [, reserve1] = pool.reserves
      expect(pool.buy(pool.token1, reserve1)).toBeNull()
      expect(pool.sell(pool.token0, 0n)).toBeNull()
      expect(pool.sell(pool.token0, 2n ** 112n)).toBeNull()
    }
  })

  it('asks once for pairs that exist, and again only later for those that do not', async () => {
    const [a, b] = [pairs[0]?.tokens[0].address, pairs[1]?.tokens[0].address]
    if (a === undefined || b === undefined) throw new Error('no pairs')
    expect(await venue.find(reader, [[a, b]], 10)).toEqual([])
    reader.batches = 0
    await venue.find(reader, [[b, a]], 1_009)
    expect(reader.batches).toBe(0)
    await venue.find(reader, [[b, a]], 1_010)
    expect(reader.batches).toBe(1)
  })
})
