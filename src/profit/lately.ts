/** Values by name, each with the block in which it was named last: what nobody names any more is forgotten. */
export class Lately<T> {
  private readonly named = new Map<string, { readonly value: T; readonly block: number }>()

  get size(): number {
    return this.named.size
  }

  add(name: string, value: T, block: number): void {
    this.named.set(name, { value, block })
  }

  /** Those that were named in `block` or later; the others are forgotten. */
  since(block: number): ReadonlyMap<string, T> {
    for (const [name, known] of this.named) if (known.block < block) this.named.delete(name)
    return new Map([...this.named].map(([name, { value }]) => [name, value]))
  }
}
