import { LANES } from './widths.js'

/** The slot of padding and tombstones: its weight is always +1. u16 columns serve markets with more than 254 slots. */
export const CONSTANT_SLOT = 255
export const CONSTANT_SLOT_WIDE = 65_535
/** Slots that fit the u8 column, and the u16 column. */
export const MOST_NARROW_SLOTS = 254
export const MOST_SLOTS = 65_534
/** Row id of padding and tombstones. */
export const NO_ID = 0xffff_ffff
/** Amount of a row that must never be found: greater than any tolerance, whatever the other entries are. */
export const NEVER = 1e300

/** A run of blocks of one width: where its columns start in the shared memory. */
export interface Span {
  readonly width: number
  readonly amountsAt: number
  readonly slotsAt: number
  readonly idsAt: number
  readonly blocks: number
}

/** Columns of `blocks` blocks of `width` entries, one after the other. */
export interface ColumnSizes {
  readonly amounts: number
  readonly slots: number
  readonly ids: number
}

export const slotBytes = (wide: boolean): number => (wide ? 2 : 1)

export const columnSizes = (width: number, blocks: number, wide: boolean): ColumnSizes => ({
  amounts: blocks * LANES * width * 8,
  slots: Math.ceil((blocks * LANES * width * slotBytes(wide)) / 16) * 16,
  ids: blocks * LANES * 4,
})

/** Entries of a weight table: one per slot number that fits the column, so that no slot byte reads beyond it. */
export const tableLength = (wide: boolean): number => (wide ? 65_536 : 256)

export const constantSlot = (wide: boolean): number => (wide ? CONSTANT_SLOT_WIDE : CONSTANT_SLOT)

/** Index into `amounts` and `slots` of entry `entry` of row `row`. Four rows lie side by side. */
export const entryIndex = (width: number, row: number, entry: number): number =>
  ((row >>> 2) * width + entry) * LANES + (row & 3)
