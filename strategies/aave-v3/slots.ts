/** What one multiplier of the scan stands for: a side of a reserve, seen from inside an eMode (0: outside). */
export interface SlotKey {
  readonly reserve: number
  readonly debt: boolean
  readonly eMode: number
}

/**
 * Slots are numbered in the order in which rows first need them: collateral and debt per reserve, collateral per
 * (eMode, reserve), and where an eMode can have its own price (revisions ≤ 4) debt per (eMode, reserve). A position's slot
 * depends on its own eMode alone, not on the category's members, so a change of parameters moves no row.
 */
export class SlotTable {
  private readonly numbers = new Map<number, number>()
  readonly keys: SlotKey[] = []

  number(key: SlotKey): number {
    const code = (key.eMode * 1024 + key.reserve) * 2 + (key.debt ? 1 : 0)
    let slot = this.numbers.get(code)
    if (slot === undefined) {
      slot = this.keys.push(key) - 1
      this.numbers.set(code, slot)
    }
    return slot
  }
}
