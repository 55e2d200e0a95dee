import type { RowEntry, Slot } from '../domain/weights.js'
import type { Arena } from './arena.js'
import { DraftRow, type SlotUnits, sameSlots, slotUnits } from './draft-row.js'
import { MOST_NARROW_SLOTS, MOST_SLOTS } from './layout.js'
import { NONE, PAGE_IDS, PagedU32 } from './paged.js'
import { type Place, RowTable } from './row-table.js'
import { warmed } from './warm.js'

/** All rows of one market by dense position number, and what its slots mean. */
export class MarketRows {
  table: RowTable
  slots: readonly Slot[] = []
  units: SlotUnits = slotUnits([])
  /** Constant or negative terms: the bound of the hot prefix does not hold. */
  signed = false
  private readonly places = new PagedU32()
  /** Tables that were replaced; another thread may still read them. */
  private readonly retired: RowTable[] = []
  /** The row that was written last. */
  readonly draft = new DraftRow()

  constructor(private readonly arena: Arena) {
    this.table = new RowTable(arena, false)
  }

  get size(): number {
    return this.table.size
  }

  get wide(): boolean {
    return this.table.wide
  }

  /**
   * Takes a slot table under which old rows mean the same. `new`: it says something that the one before did not; `moved`:
   * the rows had to be moved to a wider column as well.
   */
  describe(slots: readonly Slot[]): 'known' | 'new' | 'moved' {
    if (sameSlots(slots, this.slots)) {
      this.slots = slots // the same array is likely to come again
      return 'known'
    }
    if (slots.length > MOST_SLOTS) throw new RangeError(`${slots.length} slots; at most ${MOST_SLOTS} fit`)
    this.slots = slots
    this.units = slotUnits(slots)
    this.signed ||= slots.some(({ kind }) => kind === 'constant')
    if (slots.length <= MOST_NARROW_SLOTS || this.wide) return 'new'
    this.widen()
    return 'moved'
  }

  /**
   * Reads a little of the rows of the first `count` of `ids`. Each row lies somewhere else and a first access waits for
   * memory; one after the other the waits add up, here they overlap.
   */
  warm(ids: Uint32Array, count: number): void {
    let read = 0
    for (let i = 0; i < count; i++) read += this.places.get(ids[i] ?? 0)
    for (let i = 0; i < count; i++) {
      const place = this.places.get(ids[i] ?? 0)
      if (place !== NONE) read += this.table.warm(place)
    }
    warmed.read = read
  }

  /** Room for a market of `rows[n]` rows of n entries. */
  reserve(rows: Uint32Array): void {
    this.table.reserve(rows)
  }

  /** Writes or replaces the row of `id`; no entries remove it. Throws `RangeError` for a slot the table lacks. */
  set(id: number, entries: readonly RowEntry[]): void {
    this.draft.fill(entries, this.units)
    this.write(id)
  }

  /** The same from columns: entries `from` to `to` (exclusive) of `slots` and exact `amount(entry)`. */
  setColumns(id: number, slots: ArrayLike<number>, amount: (entry: number) => bigint, from: number, to: number): void {
    this.draft.length = 0
    for (let entry = from; entry < to; entry++) this.draft.add(slots[entry] ?? NONE, amount(entry), this.units)
    this.write(id)
  }

  /** The row's slots and outward amounts; false when it has none. */
  read(id: number, draft: DraftRow): boolean {
    const place = this.places.get(id)
    if (place === NONE) return false
    this.table.read(place, draft)
    return true
  }

  clear(): void {
    this.table.clear()
    this.places.clear()
    this.signed = this.slots.some(({ kind }) => kind === 'constant')
  }

  /** Above every position number that was used. */
  get limit(): number {
    return this.places.pages.length * PAGE_IDS
  }

  /** Releases tables that were replaced, when no other thread can be reading them. */
  releaseRetired(): void {
    if (this.retired.length > 0) for (const table of this.retired.splice(0)) table.release()
  }

  /** Bytes of rows and of the way to them. */
  get bytes(): number {
    return this.table.bytes + this.places.bytes
  }

  private write(id: number): void {
    if (this.draft.signed) this.signed = true
    this.draft.signed = false
    const old: Place = this.places.get(id)
    if (this.draft.length > 0 && old !== NONE && this.table.rewrite(old, id, this.draft)) return
    if (old !== NONE) this.table.remove(old)
    if (this.draft.length > 0) this.places.set(id, this.table.add(id, this.draft))
    else if (old !== NONE) this.places.set(id, NONE)
  }

  private widen(): void {
    const narrow = this.table
    this.table = new RowTable(this.arena, true)
    for (const [page, places] of this.places.pages.entries())
      for (const [i, place] of places.entries()) {
        if (place === NONE) continue
        narrow.read(place, this.draft)
        places[i] = this.table.add(page * places.length + i, this.draft)
      }
    this.retired.push(narrow)
  }
}
