import { LEAST_SEEN, PriceCourse } from '../../../auctions/price-course.js'
import type { AuctionConfig } from '../../../config/auction-config.js'
import { WAD } from '../../../domain/maths.js'
import type { Valuation } from '../../../profit/valuation.js'
import { usdText } from '../../../risk/usd.js'
import type { Scene } from './market-scene.js'

const DOLLAR8 = 10n ** 8n
/** The price may halve within the window: its median is at most so much above it. */
const MOST_FALL_BPS = 10_000n
/** Auctions are paid with a coin that is meant to be worth about a dollar: it may be far off, not worth next to nothing. */
const LEAST_COIN_USD8 = DOLLAR8 / 10n

/**
 * Whether the dollar price of the native token can be what a budget in dollars is measured with. One near zero would make gas look
 * free and the budget endless, so nothing may be lost on it; one too high only makes us more careful.
 */
export class NativeDoubt {
  private readonly course: PriceCourse
  private looks = 0

  constructor({ priceWindowSeconds }: Pick<AuctionConfig, 'priceWindowSeconds'>) {
    this.course = new PriceCourse(priceWindowSeconds, MOST_FALL_BPS)
  }

  /** Why not, or null. One observation a block: by its own course, and against what the pools pay for it in coins. */
  at({ head, exits }: Pick<Scene, 'head' | 'exits'>, valuation: Valuation): string | null {
    this.course.saw(valuation.usd8(WAD), head.timestamp)
    // until there is a course to go by the pools alone must do: a keeper that starts in a crash is wanted at once
    const fall = ++this.looks < LEAST_SEEN ? null : this.course.fall()
    if (fall !== null) return `the native token's price in USD (8 decimals) is in doubt: ${fall}`
    const coins = exits.payFor(WAD)
    if (coins === null || coins === 0n) return 'no pool tells what the native token is worth in coins'
    const coinUsd8 = (valuation.usd8(WAD) * WAD) / coins
    if (coinUsd8 >= LEAST_COIN_USD8) return null
    const native = usdText(valuation.usd8(WAD))
    return `the native token is priced at ${native} USD, and the pools pay ${coins / WAD} coins for it: a coin would be worth ${usdText(coinUsd8)}`
  }
}
