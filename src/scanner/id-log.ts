/** Position numbers one after the other; room is kept, so that noting one allocates next to nothing. */
export class IdLog {
  private ids = new Uint32Array(256)
  private count = 0

  push(id: number): void {
    if (this.count === this.ids.length) {
      const larger = new Uint32Array(this.count * 2)
      larger.set(this.ids)
      this.ids = larger
    }
    this.ids[this.count++] = id
  }

  clear(): void {
    this.count = 0
  }

  /** Each number once. */
  distinct(): Set<number> {
    return new Set(this.ids.subarray(0, this.count))
  }
}
