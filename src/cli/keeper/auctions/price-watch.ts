import { PriceCourse } from '../../../auctions/price-course.js'
import type { AuctionConfig } from '../../../config/auction-config.js'
import type { Address } from '../../../domain/chain.js'
import { WAD } from '../../../domain/maths.js'
import type { Exits } from './exits.js'
import { pricesBefore, type HistoryAsk } from './price-history.js'

/** Why a token's price is not to be bid on, and why nothing is to be sold at it; null where nothing is wrong. */
export interface Doubts {
  readonly doubt: string | null
  readonly fall: string | null
  /** Pay tokens that are told at this price, as a careful bidder counts them; rounded down. */
  readonly careful: (proceeds: bigint) => bigint
}

/** The courses of the prices that one market's decisions rest on. */
export class PriceWatch {
  private readonly courses = new Map<Address, PriceCourse>()

  constructor(private readonly config: Pick<AuctionConfig, 'priceWindowSeconds' | 'maxJumpBps' | 'maxPerAuction'>) {}

  /** Once: what the pools said before we started. A course that begins with its own newest price would believe that. Never rejects. */
  async learn(ask: Omit<HistoryAsk, 'windowSeconds' | 'coins'>): Promise<void> {
    if (this.courses.size > 0 || ask.tokens.length === 0) return
    const { priceWindowSeconds: windowSeconds, maxJumpBps } = this.config
    const past = await pricesBefore({ ...ask, windowSeconds, coins: this.coins })
    for (const token of ask.tokens) {
      const course = new PriceCourse(windowSeconds, maxJumpBps)
      this.courses.set(token, course)
      for (const { at, prices } of past) {
        const price = prices.get(token)
        if (price !== undefined) course.saw(price, at)
      }
    }
  }

  /** The price of the newest block, in pay tokens; null where no pool tells it. */
  saw(token: Address, exits: Exits, at: bigint): Doubts {
    const price = exits.price(token, this.coins)
    const course = this.courses.get(token)
    if (price === null || course === undefined) {
      const why = `no pool prices ${token}`
      return { doubt: why, fall: why, careful: () => 0n }
    }
    course.saw(price, at)
    return { doubt: course.doubt(), fall: course.fall(), careful: (proceeds) => course.careful(proceeds) }
  }

  /** The size of a bid. */
  private get coins(): bigint {
    return this.config.maxPerAuction * WAD
  }
}
