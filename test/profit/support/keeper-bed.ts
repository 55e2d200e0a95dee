import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import type { AaveState } from '../../../strategies/aave-v3/state.js'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { parseMarketFile, type ChainConfig } from '../../../src/config/market-file.js'
import type { VenueConfig } from '../../../src/config/venues.js'
import type { Address, BlockRef, Hex } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import type { PricePoint, PriceView } from '../../../src/domain/prices.js'
import type { Plan, PlanChoice } from '../../../src/domain/plan.js'
import { viewOf } from '../../../src/oracle/price-view.js'
import { combine, quotePosition, type Combined, type PositionQuote } from '../../../src/profit/combine.js'
import type { ProfitContext, ProfitSettings } from '../../../src/profit/context.js'
import { deskOf } from '../../../src/profit/desk.js'
import { NO_DATA_FEE } from '../../../src/profit/data-fee/data-fee.js'
import { DEFAULT_GAS } from '../../../src/profit/gas-model.js'
import type { PoolBook } from '../../../src/profit/pool-book.js'
import { PoolLoader } from '../../../src/profit/pool-loader.js'
import { venuesOf } from '../../../src/profit/venues.js'
import type { ExecutorBed } from '../../contracts/support/executor-bed.js'

export const GWEI = 10n ** 9n

export const SETTINGS: ProfitSettings = {
  minProfitUsd8: 5_00000000n,
  bidBps: 8_000,
  maxBidBps: 9_500,
  maxFeeShareBps: 9_500,
  toleranceBps: 30,
  limitBps: 300,
  contest: null,
}

/** What the keeper knows at the head, for the block after it. */
export interface Outlook {
  readonly context: ProfitContext
  readonly book: PoolBook
  readonly timestamp: bigint
  readonly positions: readonly Address[]
  plans(position: Address): readonly Plan[]
  quote(position: Address): PositionQuote
  combine(positions: readonly Address[]): Combined
}

/** The real strategy, reader and pool loader over the executor's testbed. */
export class KeeperBed {
  readonly chain: ChainConfig
  readonly loader: PoolLoader
  private readonly reader: ChainReader
  private readonly market

  /** `venues` beside those of the testbed. */
  constructor(
    readonly bed: ExecutorBed,
    venues: readonly VenueConfig[] = [],
    hops: readonly Address[] = [],
  ) {
    const described = parseMarketFile(bed.marketFile(), 'devnet')
    const { chain } = described
    const more = { venues: [...chain.venues, ...venues], hops: [...chain.hops, ...hops] }
    const file = { ...described, chain: { ...chain, ...more } }
    const [market] = file.markets
    if (market === undefined) throw new Error('the testbed describes no market')
    this.chain = file.chain
    this.market = { ...market, chainId: file.chain.id }
    const urls = [bed.anvil.rpcUrl]
    const rpc = new RpcClient({ urls, chainId: file.chain.id, logger: silentLogger, metrics: noMetrics })
    this.reader = new ChainReader(rpc, { multicall: file.chain.multicall })
    this.loader = new PoolLoader(venuesOf(file.chain), file.chain)
  }

  async look(change: Partial<ProfitSettings> = {}, gasPriceWei = 20n * GWEI): Promise<Outlook> {
    const head = await this.head()
    const state = await aaveV3.snapshot(this.reader, this.market, head, () => undefined)
    const at = await this.prices(state, head)
    const desk = deskOf(aaveV3, state, at, this.chain.wrappedNative, this.bed.executor.address)
    const plans = [...aaveV3.positions(state)].flatMap((p) => [...aaveV3.plans(state, p, at, at.timestamp + 300n)])
    const book = await this.loader.load(this.reader, plans, head.number)
    const context: ProfitContext = {
      chain: this.chain,
      deadlineBlock: head.number + 25,
      deadlineTime: head.timestamp + 3_600n,
      gasPriceWei,
      bidFloorPerGasWei: GWEI / 10n,
      settings: { ...SETTINGS, ...change },
      gas: DEFAULT_GAS,
      data: NO_DATA_FEE,
      desk: () => desk,
    }
    const choicesOf = (position: Address): readonly PlanChoice[] =>
      aaveV3.plans(state, position, at, at.timestamp + 300n)
    const quote = (position: Address): PositionQuote => {
      const choices = choicesOf(position)
      return quotePosition(this.market.id, position, choices, context, book)
    }
    return {
      context,
      book,
      timestamp: at.timestamp,
      positions: [...aaveV3.positions(state)] as Address[],
      plans: (position) => choicesOf(position).flatMap((choice) => ('at' in choice ? [choice] : [])),
      quote,
      combine: (positions) => combine(positions.map(quote), context, book),
    }
  }

  /** The next block will have exactly the time the outlook was computed for. */
  async holdTime(outlook: Outlook, secondsBefore = 0): Promise<void> {
    await this.bed.anvil.rpc('evm_setNextBlockTimestamp', [Number(outlook.timestamp) - secondsBefore])
  }

  private async prices(state: AaveState, head: BlockRef): Promise<PriceView> {
    const feeds = aaveV3.feeds(state)
    const answers = await this.reader.calls(
      feeds.map((f) => f.read),
      head.number,
    )
    const points = feeds.map((f, i): [string, PricePoint] => {
      return [f.id, { value: BigInt(answers[i]?.data ?? '0x0'), source: 'opaque' }]
    })
    return viewOf(this.market.id, new Map(points), head.number + 1, head.timestamp + 12n)
  }

  private async head(): Promise<BlockRef> {
    const block = (await this.bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
    const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
    return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
  }
}
