import { BPS } from './expected-profit.js'

interface Seen {
  readonly at: bigint
  readonly price: bigint
}

const MOST_SEEN = 512

/**
 * The recent course of one price, by our own observations: a pool can be moved for a block or two by whoever gains from our
 * bid, its median over the window cannot without paying for it all along.
 */
export class PriceCourse {
  private seen: Seen[] = []

  constructor(
    private readonly windowSeconds: bigint,
    private readonly maxJumpBps: bigint,
  ) {}

  /** One observation a block; what is out of the window is forgotten. */
  saw(price: bigint, at: bigint): void {
    this.seen = this.seen.filter((one) => one.at < at && one.at >= at - this.windowSeconds).slice(1 - MOST_SEEN)
    this.seen.push({ at, price })
  }

  /** Why the newest price is not to be believed, or null. Falls are believed: they only make us more careful. */
  doubt(): string | null {
    const newest = this.seen.at(-1)
    const median = this.median()
    if (newest === undefined || median === null) return 'no price has been seen yet'
    if (newest.price === 0n) return 'the price is zero'
    if (newest.price * BPS <= median * (BPS + this.maxJumpBps)) return null
    return `the price is ${newest.price}, its median over ${this.windowSeconds} s ${median}: too high to be believed`
  }

  private median(): bigint | null {
    const sorted = this.seen.map(({ price }) => price).sort((a, b) => (a < b ? -1 : 1))
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
  }
}
