/**
 * Random numbers that are the same on every machine and every version of Node: sfc32 (C. Doty-Humphrey, PractRand), and
 * distributions from `Math.exp`, `log`, `sin` and `cos`, which agree between V8 versions. `Math.pow` does not and is never
 * used here.
 */
export class Random {
  private a = 0
  private b: number
  private c = 0
  private counter = 1
  /** Box-Muller gives two normal numbers at a time. */
  private spare: number | null = null

  constructor(seed: number) {
    this.b = seed | 0
    for (let i = 0; i < 15; i++) this.next() // mixes a small seed into all words
  }

  /** A 32-bit unsigned integer. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** In [0, 1), 32 bits. */
  unit(): number {
    return this.next() / 2 ** 32
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low)
  }

  normal(): number {
    if (this.spare !== null) {
      const value = this.spare
      this.spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()))
    const angle = 2 * Math.PI * this.unit()
    this.spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Index into a cumulative distribution (`cumulative` of its weights). */
  pick(distribution: Float64Array): number {
    const at = this.unit() * (distribution[distribution.length - 1] ?? 0)
    let i = 0
    while (i < distribution.length - 1 && (distribution[i] ?? 0) <= at) i++
    return i
  }
}

/** Running sums of `weights`, for `Random.pick`. */
export function cumulative(weights: readonly number[]): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  weights.forEach((weight, i) => (sums[i] = sum += weight))
  return sums
}

/** Zipf's law over ranks 1 … n with exponent s, as cumulative weights. */
export const zipf = (n: number, s: number): Float64Array =>
  cumulative(Array.from({ length: n }, (_, i) => Math.exp(-s * Math.log(i + 1))))
