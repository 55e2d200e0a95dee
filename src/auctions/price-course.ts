import { BPS } from './expected-profit.js'

interface Seen {
  readonly at: bigint
  readonly price: bigint
}

const MOST_SEEN = 512
/** A median of fewer observations says nothing: whoever moves the pool just when a keeper starts would be its own witness. */
export const LEAST_SEEN = 5

/**
 * The recent course of one price, by observations: a pool can be moved for a block or two by whoever gains from our bid or our
 * sale, its median over the window cannot without paying for it all along.
 */
export class PriceCourse {
  private seen: Seen[] = []

  constructor(
    private readonly windowSeconds: bigint,
    private readonly maxJumpBps: bigint,
  ) {}

  /**
   * One observation a block, in their order. What is out of the window is forgotten, but for the newest few: after a time
   * without blocks the price before it is still a witness.
   */
  saw(price: bigint, at: bigint): void {
    const before = this.seen.filter((one) => one.at < at)
    const within = before.filter((one) => one.at >= at - this.windowSeconds)
    const kept = within.length < LEAST_SEEN - 1 ? before.slice(1 - LEAST_SEEN) : within.slice(1 - MOST_SEEN)
    this.seen = [...kept, { at, price }]
  }

  /** Why the newest price is not to be bid on, or null. Falls are believed: they only make a bid more careful. */
  doubt(): string | null {
    const known = this.known()
    if (typeof known === 'string') return known
    const { price, median } = known
    if (price * BPS <= median * (BPS + this.maxJumpBps)) return null
    return `the price is ${price}, its median over ${this.windowSeconds} s ${median}: too high to be believed`
  }

  /** Why nothing is to be sold at the newest price, or null. Rises are believed: they only bring more. */
  fall(): string | null {
    const known = this.known()
    if (typeof known === 'string') return known
    const { price, median } = known
    if (price * (BPS + this.maxJumpBps) >= median * BPS) return null
    return `the price is ${price}, its median over ${this.windowSeconds} s ${median}: too low to be sold at`
  }

  /** What a bidder counts of an amount that is told at the newest price: that at the median, where it is lower. Rounded down. */
  careful(amount: bigint): bigint {
    const known = this.known()
    if (typeof known === 'string') return amount
    const { price, median } = known
    return price > median ? (amount * median) / price : amount
  }

  private known(): { readonly price: bigint; readonly median: bigint } | string {
    const newest = this.seen.at(-1)
    const sorted = this.seen.map(({ price }) => price).sort((a, b) => (a < b ? -1 : 1))
    const median = sorted[Math.floor((sorted.length - 1) / 2)]
    if (newest === undefined || median === undefined) return 'no price has been seen yet'
    if (newest.price === 0n) return 'the price is zero'
    if (sorted.length < LEAST_SEEN)
      return `the price has been seen ${sorted.length} times, believed it is from ${LEAST_SEEN} on`
    return { price: newest.price, median }
  }
}
