/** A small seeded generator (sfc32), the same on every Node version. */
export class Random {
  private a: number
  private b = 0x9e3779b9
  private c = 0x243f6a88
  private counter = 1

  constructor(seed: number) {
    this.a = seed >>> 0
    for (let i = 0; i < 20; i++) this.next()
  }

  private next(): number {
    const t = (((this.a + this.b) >>> 0) + this.counter++) >>> 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) >>> 0
    this.c = ((this.c << 21) | (this.c >>> 11)) >>> 0
    this.c = (this.c + t) >>> 0
    return t
  }

  /** In [0, 1). */
  unit(): number {
    return this.next() / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  /** Whole numbers 0 … below − 1. */
  below(below: number): number {
    return Math.floor(this.unit() * below)
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(from: readonly T[]): T {
    const item = from[this.below(from.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** `count` different items, or all when there are fewer. */
  some<T>(from: readonly T[], count: number): T[] {
    const rest = [...from]
    const chosen: T[] = []
    while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(this.below(rest.length), 1))
    return chosen
  }
}

/** `value` times `factor`, to nine digits. */
export const scaled = (value: bigint, factor: number): bigint =>
  (value * BigInt(Math.round(factor * 1e9))) / 1_000_000_000n
