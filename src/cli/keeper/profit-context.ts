import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import { bidShareOf } from '../../config/bid-share.js'
import { dearestBaseFee } from '../../domain/base-fee.js'
import type { Head } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { PRETENDED_EXECUTOR } from '../../execution/executor/override.js'
import type { Contest, MarketDesk, ProfitContext } from '../../profit/context.js'
import type { DataFee } from '../../profit/data-fee/data-fee.js'
import { deskOf } from '../../profit/desk.js'
import { gasModelOf } from '../../profit/gas-model.js'
import type { MarketOpinion, MarketWatch } from './market-watch.js'

/** What flash swaps take beyond the quote of what they must bring. */
const TOLERANCE_BPS = 30
/**
 * How much worse than quoted a swap may turn out. With bundles nobody sees the order before it lands, others sell into the
 * same pools in the same block, and the order's minimum guards the whole: a narrow limit would only lose races.
 */
const LIMIT_BPS = { bundle: 1_000, privateRpc: 30, sequencer: 30 } as const

export interface BlockTerms {
  readonly chain: ChainConfig
  readonly settings: Settings
  /** Largest bid that the executor contract allows, basis points. */
  readonly maxBidBps: number
  /** Last timestamp at which an order of this block may run. */
  readonly deadlineTime: bigint
  readonly data: DataFee
  readonly contest: Contest | null
}

/** Everything that profit needs and that is the same for all positions of one block. `opinions` are those of `watches`. */
export function profitContextOf(
  head: Head,
  watches: readonly MarketWatch[],
  opinions: readonly Pick<MarketOpinion, 'view'>[],
  { chain, settings, maxBidBps, deadlineTime, data, contest }: BlockTerms,
): ProfitContext {
  const desks = new Map<string, MarketDesk>()
  // made when asked for: a market without a price of the native token stops nobody but itself
  const make = (market: string): MarketDesk => {
    const i = watches.findIndex(({ id }) => id === market)
    const [watch, view] = [watches[i], opinions[i]?.view]
    if (watch === undefined || view === undefined)
      throw new KeeperError('unknown-market', `no market ${market} is configured`)
    const { strategy, replica } = watch.source
    return deskOf(strategy, replica.state, view, chain.wrappedNative, settings.executor ?? PRETENDED_EXECUTOR)
  }
  return {
    chain,
    deadlineBlock: head.number + settings.orderLifetimeBlocks,
    deadlineTime,
    gasPriceWei: dearestBaseFee(head, chain.submission),
    bidFloorPerGasWei: BigInt(chain.minTipWei),
    settings: {
      minProfitUsd8: settings.minProfitUsd8,
      bidBps: bidShareOf(settings, chain),
      maxBidBps,
      maxFeeShareBps: settings.maxFeeShareBps,
      toleranceBps: TOLERANCE_BPS,
      limitBps: settings.swapLimitBps ?? LIMIT_BPS[chain.submission],
      contest,
    },
    gas: gasModelOf(chain.submission),
    data,
    desk(market) {
      const desk = desks.get(market) ?? make(market)
      desks.set(market, desk)
      return desk
    },
  }
}
