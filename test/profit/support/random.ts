/** A seeded generator (mulberry32): the same cases on every run; the seed is in every test's name or message. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** In [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** Between low and high, evenly in the logarithm. */
  amount(low: number, high: number): bigint {
    const value = Math.exp(Math.log(low) + this.next() * (Math.log(high) - Math.log(low)))
    return BigInt(Math.floor(value)) + 1n
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.int(0, list.length - 1)]
    if (found === undefined) throw new RangeError('nothing to pick from')
    return found
  }
}
