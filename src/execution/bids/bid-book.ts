import type { Address } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger } from '../../domain/ports.js'
import { bidsOf, learn, type Contest } from './learn.js'

export interface BidBookOptions {
  /** Share that the settings name, basis points. */
  readonly baseBps: number
  /** Largest share that may be bid. */
  readonly maxBps: number
  /** Least share that learning comes down to; null: half of `baseBps`. */
  readonly leastBps?: number | null
  /** Everything that can be learned from, as the ledger has it. */
  readonly contests: () => readonly Contest[]
  readonly logger: Logger
}

/** The asset that an opportunity is about: the collateral of its largest leg. */
function assetOf({ legs }: Opportunity): Address | null {
  const [first, ...others] = legs
  if (first === undefined) return null
  return others.reduce((best, leg) => (leg.gross > best.gross ? leg : best), first).plan.collateral.address
}

/** What was learned of bids; the ledger remembers it. */
export class BidBook {
  private bids: ReadonlyMap<Address, number> = new Map()

  constructor(private readonly options: BidBookOptions) {
    this.refresh()
  }

  /** Learns anew; to be called when a block was won, lost or undone. A ledger that cannot be read changes nothing. */
  refresh(): void {
    const { contests, baseBps, maxBps, leastBps = null, logger } = this.options
    try {
      this.bids = bidsOf(learn(contests(), { baseBps, maxBps, leastBps }))
    } catch (error) {
      logger.error('bids', { problem: messageOf(error) })
    }
  }

  /** Share of the gain to bid, basis points; null where nothing is known of its asset. */
  bpsFor(opportunity: Opportunity): number | null {
    if (this.bids.size === 0) return null
    const asset = assetOf(opportunity)
    return asset === null ? null : (this.bids.get(asset) ?? null)
  }
}
