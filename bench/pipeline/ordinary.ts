import { Interface } from 'ethers'
import { setTimeout as sleep } from 'node:timers/promises'
import { openChain, type ChainAccess } from '../../src/cli/chain-access.js'
import { bidShareOf } from '../../src/config/bid-share.js'
import { readSettings, type Env } from '../../src/config/read-settings.js'
import type { Settings } from '../../src/config/settings.js'
import { dearestBaseFee } from '../../src/domain/base-fee.js'
import type { Address, Head, Hex } from '../../src/domain/chain.js'
import { WAD } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { noMetrics, silentLogger } from '../../src/domain/ports.js'
import type { PricePoint } from '../../src/domain/prices.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { OperatorKey } from '../../src/execution/operator-key.js'
import { viewOf } from '../../src/oracle/price-view.js'
import { combine, quotePosition } from '../../src/profit/combine.js'
import type { ProfitContext } from '../../src/profit/context.js'
import { NO_DATA_FEE } from '../../src/profit/data-fee/data-fee.js'
import { deskOf } from '../../src/profit/desk.js'
import { DEFAULT_GAS } from '../../src/profit/gas-model.js'
import { PoolLoader } from '../../src/profit/pool-loader.js'
import { venuesOf } from '../../src/profit/venues.js'
import type { AaveState } from '../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../strategies/aave-v3/strategy.js'
import { Random } from '../scan/random.js'
import type { Described } from './messages.js'
import type { Wire } from './wire.js'

const QUOTER = new Interface([
  'function quoteExactInputSingle((address tokenIn, address tokenOut, uint256 amountIn, uint24 fee, uint160 limit)) returns (uint256, uint160, uint32, uint256)',
])
const FEES = [500, 3_000]
/** Positions that are asked for in one multicall. */
const MOST_ASKED = 100
/** Samples that are not counted. */
const WARM_UP = 2
const SEED = 23
const LIFETIME_SECONDS = 3_600n

/** From the landed price to the last relay's reading, and the part of it after the look. */
export interface OrdinaryMs {
  readonly whole: number
  readonly work: number
}

/** What a keeper without a replica does at a new price: asks the contracts, then the pools, then for the gas. */
export class Ordinary {
  private readonly key: OperatorKey

  private constructor(
    private readonly described: Described,
    private readonly settings: Settings,
    private readonly access: ChainAccess,
    private readonly market: Market,
    private readonly wire: Wire,
  ) {
    this.key = new OperatorKey(described.operatorKey)
  }

  static async open(described: Described, env: Env, wire: Wire): Promise<Ordinary> {
    const settings = readSettings(env, { needs: 'keys' })
    const access = await openChain(settings, silentLogger, noMetrics)
    const [market] = access.file.markets
    if (market === undefined) throw new Error('the market file names no market')
    return new Ordinary(described, settings, access, { ...market, chainId: access.file.chain.id }, wire)
  }

  /**
   * So many samples at a price that has landed. It looks once per block time, as often as there can be anything new, and
   * a price comes at any time between two looks. Somebody must be liquidatable.
   */
  async measure(samples: number): Promise<OrdinaryMs[]> {
    const head = await this.access.latest()
    const opportunity = await this.opportunityAt(head)
    const near = this.described.positions.slice(0, MOST_ASKED)
    const random = new Random(SEED)
    const taken: OrdinaryMs[] = []
    for (let i = 0; i < WARM_UP + samples; i++) {
      const landed = performance.now()
      await sleep(random.unit() * this.access.file.chain.blockTimeSeconds * 1000)
      const started = performance.now()
      const read = await this.once(near, opportunity, head)
      taken.push({ whole: read - landed, work: read - started })
    }
    return taken.slice(WARM_UP)
  }

  close(): void {
    this.access.close()
  }

  /** Returns when the last relay had read the bundle. */
  private async once(near: readonly Address[], opportunity: Opportunity, head: Head): Promise<number> {
    const { rpc, reader } = this.access
    const { reading } = aaveV3
    const [leg] = opportunity.legs
    if (reading === undefined || leg === undefined) throw new Error('nothing can be asked')
    const accounts = await reader.calls(
      near.map((who) => reading.request(this.market, who)),
      head.number,
    )
    const ill = near.find(
      (who, i) => (reading.decode(accounts[i]?.data ?? '0x').healthFactor ?? WAD) < WAD && who === leg.position,
    )
    if (ill === undefined) throw new Error('the position of the ordinary way is healthy')
    await reader.calls(this.quotes(leg.plan.collateral.address, leg.plan.debt.address, leg.amounts.seize), head.number)
    const data = encodeOrder(opportunity.order)
    const call = { from: this.key.address, to: this.described.executor, data }
    const gas = await rpc.request('eth_estimateGas', [call], (answer) => BigInt(String(answer)))
    const nonce = await rpc.request('eth_getTransactionCount', [this.key.address, 'latest'], Number)
    const transaction = { nonce, data, gasLimit: (gas * 6n) / 5n, maxFeePerGas: 2n * head.baseFeePerGas }
    return (await this.wire.send(this.key, transaction, head.number + 1)).at
  }

  private quotes(tokenIn: Address, tokenOut: Address, amountIn: bigint) {
    const { quoter } = this.described
    return FEES.map((fee) => ({
      to: quoter,
      data: QUOTER.encodeFunctionData('quoteExactInputSingle', [[tokenIn, tokenOut, amountIn, fee, 0]]) as Hex,
    }))
  }

  /** What it will find worth sending; made before the clock starts, so that its arithmetic costs the ordinary way nothing. */
  private async opportunityAt(head: Head): Promise<Opportunity> {
    const { reader, file } = this.access
    const state = await aaveV3.snapshot(reader, this.market, head, () => undefined)
    const feeds = aaveV3.feeds(state)
    const prices = await reader.calls(
      feeds.map(({ read }) => read),
      head.number,
    )
    const points = feeds.map(({ id }, i): [string, PricePoint] => [
      id,
      { value: BigInt(prices[i]?.data ?? '0x0'), source: 'opaque' },
    ])
    const view = viewOf(this.market.id, new Map(points), head.number, head.timestamp)
    const ill = this.described.positions.find((who) => aaveV3.solvency(state, who, view).liquidatable)
    if (ill === undefined) throw new Error('nobody is liquidatable for the ordinary way')
    const choices = aaveV3.plans(state, ill, view, head.timestamp + LIFETIME_SECONDS)
    const plans = choices.filter((choice) => 'at' in choice)
    const book = await new PoolLoader(venuesOf(file.chain), file.chain).load(reader, plans, head.number)
    const context = this.contextAt(head, state, view)
    const quote = quotePosition(this.market.id, ill, choices, context, book)
    const { opportunity, refusals } = combine([quote], context, book)
    if (opportunity === null) throw new Error(`the ordinary way would not send: ${refusals[0]?.detail ?? ''}`)
    return opportunity
  }

  private contextAt(head: Head, state: AaveState, view: ReturnType<typeof viewOf>): ProfitContext {
    const { chain } = this.access.file
    const { minProfitUsd8, maxFeeShareBps } = this.settings
    return {
      chain,
      deadlineBlock: head.number + 25,
      deadlineTime: head.timestamp + LIFETIME_SECONDS,
      gasPriceWei: dearestBaseFee(head, chain.submission),
      bidFloorPerGasWei: BigInt(chain.minTipWei),
      settings: {
        minProfitUsd8,
        bidBps: bidShareOf(this.settings, chain),
        maxBidBps: 9_900,
        maxFeeShareBps,
        toleranceBps: 30,
        limitBps: 300,
        contest: null,
      },
      gas: DEFAULT_GAS,
      data: NO_DATA_FEE,
      desk: () => deskOf(aaveV3, state, view, chain.wrappedNative, this.described.executor),
    }
  }
}
