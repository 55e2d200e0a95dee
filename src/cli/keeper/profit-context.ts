import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import { bidShareOf } from '../../config/bid-share.js'
import { dearestBaseFee } from '../../domain/base-fee.js'
import type { Head } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { PRETENDED_EXECUTOR } from '../../execution/executor/override.js'
import type { MarketDesk, ProfitContext } from '../../profit/context.js'
import type { DataFee } from '../../profit/data-fee/data-fee.js'
import { deskOf } from '../../profit/desk.js'
import { gasModelOf } from '../../profit/gas-model.js'
import type { MarketOpinion, MarketWatch } from './market-watch.js'

/** How much worse than quoted a swap may turn out before the order reverts. */
const TOLERANCE_BPS = 30

export interface BlockTerms {
  readonly chain: ChainConfig
  readonly settings: Settings
  /** Largest bid that the executor contract allows, basis points. */
  readonly maxBidBps: number
  /** Last timestamp at which an order of this block may run. */
  readonly deadlineTime: bigint
  readonly data: DataFee
}

/** Everything that profit needs and that is the same for all positions of one block. `opinions` are those of `watches`. */
export function profitContextOf(
  head: Head,
  watches: readonly MarketWatch[],
  opinions: readonly Pick<MarketOpinion, 'view'>[],
  { chain, settings, maxBidBps, deadlineTime, data }: BlockTerms,
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
