import { minOf } from '../domain/maths.js'

/**
 * Pay tokens that are free beyond doubt: the least that the agent held in any of the last blocks up to confirmation depth. A
 * refund, like any deposit, counts when it is that old; what was spent counts at once.
 */
export class Spendable {
  private readonly held = new Map<number, bigint>()

  constructor(private readonly confirmations: number) {}

  /** Blocks whose holding is not known yet; to be read before `least` is asked for. */
  missing(head: number): number[] {
    const first = Math.max(0, head - this.confirmations)
    const blocks = Array.from({ length: head - first + 1 }, (_, i) => first + i)
    return blocks.filter((block) => !this.held.has(block))
  }

  saw(block: number, amount: bigint): void {
    this.held.set(block, amount)
  }

  /** A block that a reorg may have changed is read again. */
  forgetFrom(block: number): void {
    for (const known of this.held.keys()) if (known >= block) this.held.delete(known)
  }

  least(head: number): bigint {
    for (const known of this.held.keys()) if (known < head - this.confirmations) this.held.delete(known)
    const within = [...this.held].filter(([block]) => block <= head).map(([, amount]) => amount)
    return within.reduce<bigint | null>((least, one) => (least === null ? one : minOf(least, one)), null) ?? 0n
  }
}
