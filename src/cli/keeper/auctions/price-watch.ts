import { PriceCourse } from '../../../auctions/price-course.js'
import type { AuctionConfig } from '../../../config/auction-config.js'
import type { Address } from '../../../domain/chain.js'
import { pricesBefore, type HistoryAsk } from './price-history.js'

/** Why a token's price is not to be bid on, and why nothing is to be sold at it; null where nothing is wrong. */
export interface Doubts {
  readonly doubt: string | null
  readonly fall: string | null
}

/** The courses of the prices that one market's decisions rest on. */
export class PriceWatch {
  private readonly courses = new Map<Address, PriceCourse>()

  constructor(private readonly config: Pick<AuctionConfig, 'priceWindowSeconds' | 'maxJumpBps'>) {}

  /** Once: what the pools said before we started. A course that begins with its own newest price would believe that. Never rejects. */
  async learn(ask: Omit<HistoryAsk, 'windowSeconds'>): Promise<void> {
    if (this.courses.size > 0 || ask.tokens.length === 0) return
    const { priceWindowSeconds: windowSeconds, maxJumpBps } = this.config
    const past = await pricesBefore({ ...ask, windowSeconds })
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
  saw(token: Address, price: bigint | null, at: bigint): Doubts {
    const course = this.courses.get(token)
    if (price === null || course === undefined) {
      const why = `no pool prices ${token}`
      return { doubt: why, fall: why }
    }
    course.saw(price, at)
    return { doubt: course.doubt(), fall: course.fall() }
  }
}
