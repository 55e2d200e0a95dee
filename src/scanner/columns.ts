import type { DraftRow } from './draft-row.js'
import { NEVER, NO_ID, type Span, columnSizes, constantSlot, entryIndex, tableLength } from './layout.js'
import { LANES } from './widths.js'

/** Views of the columns of one run of blocks, and single-row access to them. */
export class Columns implements Span {
  readonly amounts: Float64Array
  readonly slots: Uint8Array | Uint16Array
  readonly ids: Uint32Array
  readonly width: number
  readonly amountsAt: number
  readonly slotsAt: number
  readonly idsAt: number
  readonly blocks: number
  private readonly constant: number

  constructor(buffer: ArrayBufferLike, { width, amountsAt, slotsAt, idsAt, blocks }: Span, wide: boolean) {
    const entries = blocks * LANES * width
    this.width = width
    this.amountsAt = amountsAt
    this.slotsAt = slotsAt
    this.idsAt = idsAt
    this.blocks = blocks
    this.amounts = new Float64Array(buffer, amountsAt, entries)
    this.slots = wide ? new Uint16Array(buffer, slotsAt, entries) : new Uint8Array(buffer, slotsAt, entries)
    this.ids = new Uint32Array(buffer, idsAt, blocks * LANES)
    this.constant = constantSlot(wide)
  }

  /** Columns that follow each other from `at` on; `Columns.bytes` says how much they take. */
  static from(buffer: ArrayBufferLike, at: number, width: number, blocks: number, wide: boolean): Columns {
    const sizes = columnSizes(width, blocks, wide)
    const slotsAt = at + sizes.amounts
    return new Columns(buffer, { width, amountsAt: at, slotsAt, idsAt: slotsAt + sizes.slots, blocks }, wide)
  }

  static bytes(width: number, blocks: number, wide: boolean): number {
    const { amounts, slots, ids } = columnSizes(width, blocks, wide)
    return amounts + slots + ids
  }

  write(row: number, id: number, draft: DraftRow): void {
    let at = entryIndex(this.width, row, 0)
    for (let entry = 0; entry < this.width; entry++, at += LANES) {
      const used = entry < draft.length
      this.amounts[at] = used ? (draft.amounts[entry] ?? NaN) : 0
      this.slots[at] = used ? (draft.slots[entry] ?? 0) : this.constant
    }
    this.ids[row] = id
  }

  warm(row: number): number {
    const at = entryIndex(this.width, row, 0)
    const far = at + LANES * (this.width >>> 1)
    return (this.amounts[at] ?? 0) + (this.amounts[far] ?? 0) + (this.slots[at] ?? 0) + (this.ids[row] ?? 0)
  }

  /** Makes `row` a tombstone: no scan finds it, whatever the weights are. */
  bury(row: number): void {
    let at = entryIndex(this.width, row, 0)
    for (let entry = 0; entry < this.width; entry++, at += LANES) {
      this.amounts[at] = entry === 0 ? NEVER : 0
      this.slots[at] = this.constant
    }
    this.ids[row] = NO_ID
  }

  /** The row's entries without padding. */
  read(row: number, draft: DraftRow): void {
    draft.length = 0
    let at = entryIndex(this.width, row, 0)
    for (let entry = 0; entry < this.width; entry++, at += LANES) {
      const slot = this.slots[at] ?? 0
      if (slot !== this.constant) draft.push(slot, this.amounts[at] ?? NaN)
    }
  }

  /** Copies a row of the same width out of other columns as it lies there. */
  copy(row: number, from: Columns, source: number): void {
    let to = entryIndex(this.width, row, 0)
    let at = entryIndex(this.width, source, 0)
    for (let entry = 0; entry < this.width; entry++, to += LANES, at += LANES) {
      this.amounts[to] = from.amounts[at] ?? NaN
      this.slots[to] = from.slots[at] ?? 0
    }
    this.ids[row] = from.ids[source] ?? NO_ID
  }
}

/** A weight table's view; every number a slot column can hold has an entry, the constant slot's is 1. */
export function weightTable(buffer: ArrayBufferLike, at: number, wide: boolean): Float64Array {
  const table = new Float64Array(buffer, at, tableLength(wide))
  table.fill(NaN)
  table[constantSlot(wide)] = 1
  return table
}
