import type { Address } from '../domain/chain.js'

/** What the executor holds during a walk, raw units per token; of the profit token only what the walk gains. */
export class WalkBalances {
  private readonly amounts: Map<Address, bigint>

  constructor(
    private readonly profitToken: Address,
    held: ReadonlyMap<Address, bigint>,
  ) {
    this.amounts = new Map(held)
    this.amounts.set(profitToken, 0n)
  }

  of(token: Address): bigint {
    return this.amounts.get(token) ?? 0n
  }

  /** A negative amount leaves. */
  add(token: Address, amount: bigint): void {
    this.amounts.set(token, this.of(token) + amount)
  }

  /** Whatever is there beside the gain. */
  held(): Map<Address, bigint> {
    return new Map([...this.amounts].filter(([token, amount]) => amount > 0n && token !== this.profitToken))
  }
}
