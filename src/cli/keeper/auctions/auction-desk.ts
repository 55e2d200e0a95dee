import { planRound, type Round } from '../../../auctions/round.js'
import type { Head } from '../../../domain/chain.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import type { PositionRefusal } from '../../../domain/refusal.js'
import type { MarketState, Opening } from '../../../domain/strategy.js'
import type { Valuation } from '../../../profit/valuation.js'
import { isWorthItsFees } from '../../../risk/rules/fee-share.js'
import type { Horizon } from '../market-watch.js'
import { feesAt, type DeskBlock, type DeskOptions } from './desk-block.js'
import { deskRun } from './desk-run.js'
import type { Scene } from './market-scene.js'
import { NativeDoubt } from './native-doubt.js'
import { openedRun } from './opened-run.js'
import { priceUpkeep } from './price-upkeep.js'
import { roundInput } from './round-input.js'
import { roundRun, triedRound } from './round-run.js'
import { stockSale } from './stock-sale.js'

/** What one block brought: the round as it was decided, and the transaction that comes of it, if any. */
export interface DeskAnswer {
  readonly scene: Scene
  readonly round: Round
  readonly opportunity: Opportunity | null
  /** Why nothing was sold. */
  readonly unsold: string | null
  /** In backstop mode: a price to be told to the protocol, or why it is not. */
  readonly upkeep: Opportunity | PositionRefusal | null
  /** Why nothing may be lost in backstop mode whatever is left of its budget, or null. */
  readonly doubt: string | null
}

/** One market's auctions: from what the chain says at a block to at most one transaction for the next. */
export class AuctionDesk {
  private readonly native: NativeDoubt

  constructor(private readonly options: DeskOptions) {
    this.native = new NativeDoubt(options.scenes.market.config)
  }

  get market(): string {
    return this.options.scenes.market.known.market.id
  }

  /** What there is at a block, without deciding anything. */
  scene(head: Head): Promise<Scene> {
    return this.options.scenes.at(head, head.timestamp)
  }

  /**
   * The round comes first, then a sale, then a liquidation that opens an auction, last of all upkeep. `found`: liquidations
   * that would open an auction; `state`: whom a new price would make liquidatable is asked of it. Rejects as reading does.
   */
  async at(
    head: Head,
    horizon: Horizon,
    valuation: Valuation,
    found: readonly Opening[],
    state: MarketState,
  ): Promise<DeskAnswer> {
    const { options } = this
    const scene = await options.scenes.at(head, horizon.timestamp)
    const doubt = options.settings.mode === 'backstop' ? this.native.at(scene, valuation) : null
    const block: DeskBlock = { scene, horizon, fees: feesAt(head, options.chain), valuation, doubt }
    const input = roundInput(options, block)
    const round = planRound(input)
    const nothing = { scene, round, opportunity: null, unsold: null, upkeep: null, doubt }
    const tried = triedRound(options.trials, round, head.number)
    if (tried.actions.length > 0) {
      const run = deskRun(options, block, roundRun(options, block, tried))
      // a lot that no pool buys is not worth its settlement; what comes behind it may be worth something
      if (isWorthItsFees(run.grossWei, run.gasCostWei + run.bidWei, options.settings))
        return { ...nothing, opportunity: run }
    }
    const sale = stockSale(options, block)
    if (typeof sale !== 'string') return { ...nothing, opportunity: deskRun(options, block, sale) }
    // no sequencer lets a block's time be foretold to the second: there it must be past
    const t = options.chain.submission === 'bundle' ? horizon.timestamp : head.timestamp
    const opened = openedRun(options, block, input, found, state, t)
    return opened === null
      ? { ...nothing, unsold: sale, upkeep: priceUpkeep(options, block, t) }
      : { ...nothing, unsold: sale, opportunity: deskRun(options, block, opened) }
  }
}
