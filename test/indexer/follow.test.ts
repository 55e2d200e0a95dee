import { setTimeout as sleep } from 'node:timers/promises'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import type { Address } from '../../src/domain/chain.js'
import { until } from '../support/until.js'
import { Rig, borrowerOf, type Keeper } from './support/rig.js'

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const accounts = Array.from({ length: 12 }, (_, n) => borrowerOf(n))
const at = (n: number): Address => accounts[n] ?? borrowerOf(n)

describe('the indexer on real Aave', () => {
  let rig: Rig
  let keeper: Keeper | undefined

  const open = async (n: number): Promise<void> => {
    await rig.bed.supply('WETH', at(n), 3n * WETH)
    await rig.bed.borrow('USDC', at(n), 4_000n * USDC)
  }
  const equalsChain = async (one: Keeper): Promise<void> => {
    await rig.caughtUp(one)
    expect(rig.replicaFigures(one)).toEqual(await rig.chainFigures(accounts))
  }

  beforeAll(async () => {
    rig = await Rig.start()
    for (let n = 0; n < 4; n++) await open(n)
  }, 180_000)
  afterAll(() => rig.stop())
  afterEach(async () => {
    await keeper?.stop()
    keeper = undefined
    rig.node.fault = 'none'
    rig.node.answer = () => undefined
  })

  it('equals the contract after a snapshot, new borrowers, prices of both kinds and interest', async () => {
    keeper = await rig.keeper()
    await equalsChain(keeper)
    expect(Object.keys(rig.replicaFigures(keeper))).toHaveLength(4)
    await open(4)
    await rig.bed.supply('wstETH', at(5), 2n * WETH)
    await rig.bed.borrow('DAI', at(5), 1_000n * WETH)
    await equalsChain(keeper)
    await rig.bed.setPrice('WETH', 2_311_12345678n) // moves wstETH too, which nothing announces
    await rig.bed.anvil.rpc('evm_increaseTime', [86_400])
    await rig.bed.anvil.rpc('evm_mine', [])
    await equalsChain(keeper)
    const prices = keeper.updates.flatMap(({ prices: changed }) => [...changed.values()])
    expect(prices).toContain(2_311_12345678n)
    expect(keeper.updates.some(({ touched }) => touched.has(at(4)))).toBe(true)
  })

  it('asks for logs once per block and reads no account or reserve data on its way', async () => {
    keeper = await rig.keeper()
    await rig.caughtUp(keeper)
    const calls: string[] = []
    rig.node.answer = ({ method, params }) => {
      if (method === 'eth_call') calls.push(JSON.stringify(params))
      return undefined
    }
    // what the start looks after beside the following must be over before requests are counted
    const total = (): number => (rig.node.asked.get('eth_call') ?? 0) + (rig.node.asked.get('eth_getLogs') ?? 0)
    for (let seen = -1; seen !== total(); await sleep(150)) seen = total()
    const before = new Map(rig.node.asked)
    for (let i = 0; i < 10; i++) {
      await rig.bed.setPrice('WBTC', 60_000_00000000n + BigInt(i))
      await rig.caughtUp(keeper)
    }
    const asked = (method: string): number => (rig.node.asked.get(method) ?? 0) - (before.get(method) ?? 0)
    expect(asked('eth_getLogs')).toBe(10)
    expect(asked('eth_call')).toBe(10) // the one opaque source, once per block
    expect(calls.join()).not.toMatch(/bf92857c|35ea6a75/) // getUserAccountData, getReserveData
    expect(asked('eth_getBlockByHash')).toBeLessThanOrEqual(10)
  })

  it.each([1, 2, 3, 4, 5])(
    'undoes a reorg of depth %i by hash: equal to the contract and to a fresh replay',
    async (depth) => {
      keeper = await rig.keeper()
      await rig.caughtUp(keeper)
      await rig.bed.anvil.rpc('evm_mine', [])
      await rig.caughtUp(keeper)
      await rig.bed.supply('WBTC', at(6 + depth), 10n ** 8n)
      await rig.bed.borrow('USDC', at(6 + depth), 20_000n * USDC)
      await rig.bed.setPrice('WETH', 2_000_00000000n + BigInt(depth))
      await rig.bed.borrow('USDC', at(0), 10n * USDC)
      await rig.caughtUp(keeper)
      await rig.bed.anvil.rpc('anvil_reorg', [depth, []])
      await equalsChain(keeper)
      expect(keeper.seen.counted('reorgs')).toBe(1)
      await rig.bed.supply('USDC', at(1), 5n * USDC)
      await equalsChain(keeper)
      const replay = await rig.keeper({ fromGenesis: true })
      await rig.caughtUp(replay)
      expect(rig.replicaFigures(replay)).toEqual(rig.replicaFigures(keeper))
      await replay.stop()
    },
  )

  it('undoes what a change that failed half-way had taken, when the chain goes back to where it was', async () => {
    keeper = await rig.keeper()
    await rig.caughtUp(keeper)
    const { anvil } = rig.bed
    const rpc = (method: string, ...params: unknown[]): Promise<unknown> => anvil.rpc(method, params)
    await rpc('evm_mine')
    const start = await rpc('evm_snapshot')
    const { timestamp } = (await rpc('eth_getBlockByNumber', 'latest', false)) as { timestamp: string }
    const price = async (value: bigint, seconds: number): Promise<string> => {
      await rpc('evm_setNextBlockTimestamp', Number(timestamp) + seconds)
      await rig.bed.setPrice('WBTC', value)
      return (await rig.latest()).hash
    }
    const before = [await price(61_000_00000000n, 10), await price(62_000_00000000n, 20)]
    await rig.caughtUp(keeper)
    await rpc('evm_revert', start)
    const again = await rpc('evm_snapshot')
    await price(63_000_00000000n, 11)
    let refused = 0
    const second = Number((await rig.latest()).number) + 1
    const hashes = new Set<string>()
    rig.node.answer = ({ method, params }) => {
      const [query] = (params ?? []) as { blockHash?: string }[]
      if (method !== 'eth_getLogs' || !hashes.has(query?.blockHash ?? '')) return undefined
      refused++
      return { error: { code: -32000, message: 'unknown block' } }
    }
    await rpc('anvil_setAutomine', false)
    await rpc('evm_setNextBlockTimestamp', Number(timestamp) + 21)
    // the logs of the other branch's second block are never served
    rig.node.rewrite = ({ method }, result) => {
      const block = result as { number?: string; hash?: string } | null
      if (/getBlockBy/.test(method) && Number(block?.number) === second) hashes.add(block?.hash ?? '')
      return result
    }
    await rpc('evm_mine')
    await rpc('anvil_setAutomine', true)
    await until(() => refused > 0, 'half a change')
    const { length } = keeper.updates
    await rpc('evm_revert', again)
    expect([await price(61_000_00000000n, 10), await price(62_000_00000000n, 20)]).toEqual(before)
    rig.node.answer = () => undefined
    rig.node.rewrite = (_question, result) => result
    // the head is one it was told of before: only a new word says that it is back there
    await until(() => (keeper?.updates.length ?? 0) > length, 'the change is made whole')
    await equalsChain(keeper)
    const { book, tip } = keeper.market.replica
    const wanted = book.explain(tip.timestamp).find(({ symbol }) => symbol === 'WBTC')
    expect(wanted?.value).toBe(62_000_00000000n)
  })

  it('follows a new aggregator behind a proxy from its first round', async () => {
    keeper = await rig.keeper({ audit: { sample: 2, candidates: 8 } })
    await rig.caughtUp(keeper)
    const { admin, feeds } = rig.bed
    const kindOf = (): string | undefined => {
      const found = keeper?.market.replica.book.explain(0n).find(({ symbol }) => symbol === 'USDT')
      return found?.kind.by === 'tree' && found.kind.tree.kind === 'rounds'
        ? found.kind.tree.aggregator
        : found?.kind.by
    }
    const before = kindOf()
    expect(before).toBe(feeds.aggregators.USDT?.address)
    expect(feeds.aggregators.DAI?.address).not.toBe(before)
    const next = feeds.aggregators.DAI?.address
    await admin.send(feeds.sources.USDT, 'proposeAggregator', [next])
    await admin.send(feeds.sources.USDT, 'confirmAggregator', [next])
    await rig.bed.setPrice('DAI', 99_000_000n)
    await equalsChain(keeper)
    // the price is right at once, being asked for; the new aggregator is followed a moment later
    await until(() => kindOf() === next, 'the new aggregator is followed')
    await rig.bed.setPrice('DAI', 98_000_000n)
    await equalsChain(keeper)
  })

  it('follows rates, caps, auctioned rounds, cutoffs and a changed source: the price is right in the block they land', async () => {
    keeper = await rig.keeper({ audit: { sample: 2, candidates: 8 } })
    await rig.caughtUp(keeper)
    const { admin, feeds, market, tokens } = rig.bed
    const treeOf = (symbol: string): string | undefined => {
      const found = keeper?.market.replica.book.explain(0n).find((one) => one.symbol === symbol)
      return found?.kind.by === 'tree' ? `${found.kind.tree.kind} ${found.kind.tree.source}` : found?.kind.by
    }
    const { wstETH, WBTC, WETH } = feeds.sources
    const dual = feeds.aggregators.WBTC ?? WBTC
    await until(() => treeOf('wstETH') === `ratio-cap ${wstETH.address}`, 'the ratio cap is recognised')
    expect(treeOf('WBTC')).toBe(`dual ${WBTC.address}`)
    for (const answer of [2_600_00000000n, 3_100_00000000n]) {
      await admin.send(wstETH, 'setAnswer', [answer]) // the second lifts the cap
      await equalsChain(keeper)
    }
    await admin.send(wstETH, 'setCap', [10n ** 18n, 1_700_000_000n, 100]) // binds at once
    await equalsChain(keeper)
    await admin.send(dual, 'setCutoffTime', [3])
    await rig.bed.setPrice('WBTC', 59_000_00000000n)
    await equalsChain(keeper)
    const plain = await admin.deploy(ownContract('DevRatioCapAdapter'), [
      ...[WETH.address, (await admin.deploy(ownContract('DevExchangeRate'), [12n * 10n ** 17n])).address, 'other', 500],
    ])
    await admin.send(market.oracle, 'setAssetSources', [[tokens.wstETH.address], [plain.address]])
    await equalsChain(keeper)
    await until(() => treeOf('wstETH') === `ratio-cap ${plain.address}`, 'the new source is followed')
    await rig.bed.setPrice('WETH', 2_450_00000000n)
    await equalsChain(keeper)
    expect(keeper.seen.counted('audit_price_differences')).toBe(0)
  })
})
