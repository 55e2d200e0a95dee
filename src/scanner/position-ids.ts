import type { PositionId } from '../domain/market.js'
import { WORDS, addressText, readAddress } from './address-words.js'
import { warmed } from './warm.js'

const PAGE_BITS = 14
const PAGE = 1 << PAGE_BITS
const FIRST_TABLE = 1_024
/** Texts of positions that were asked for lately: candidates are mostly the same ones. */
const REMEMBERED = 8_192
/** Rows that are looked up together. */
export const BATCH = 256

/**
 * Dense small integers for the positions of one market. A position keeps its number for ever. Addresses lie as 20 bytes in
 * pages with an open-addressing table over them (no object per position); other ids are kept as strings.
 */
export class PositionIds {
  private readonly pages: Uint32Array[] = []
  /** Number + 1 of an address by its hash; 0 is free. */
  private table = new Uint32Array(FIRST_TABLE)
  private addresses = 0
  private readonly numbers = new Map<PositionId, number>()
  private readonly others = new Map<number, PositionId>()
  private readonly texts = new Map<number, PositionId>()
  private readonly keys = new Uint32Array(BATCH * WORDS)
  private readonly hashes = new Uint32Array(BATCH)
  private count = 0

  get size(): number {
    return this.count
  }

  /** The number of `position`, new if it has none. */
  number(position: PositionId): number {
    if (!readAddress(position, this.keys, 0)) return this.otherNumber(position)
    return this.addressNumber(0, hash(this.keys, 0))
  }

  /**
   * Numbers of the positions of `rows` from `from` on, at most `BATCH`, to `out`. A cold address waits for memory twice; the
   * waits of a batch overlap.
   */
  numberBatch(rows: readonly { readonly position: PositionId }[], from: number, out: Uint32Array): void {
    const { keys, hashes } = this
    const count = Math.min(BATCH, rows.length - from)
    for (let i = 0; i < count; i++) {
      const isAddress = readAddress(rows[from + i]?.position ?? '', keys, i * WORDS)
      out[i] = isAddress ? 1 : 0
      hashes[i] = isAddress ? hash(keys, i * WORDS) : 0
    }
    this.warm(count)
    for (let i = 0; i < count; i++)
      out[i] =
        out[i] === 1 ? this.addressNumber(i * WORDS, hashes[i] ?? 0) : this.otherNumber(rows[from + i]?.position ?? '')
  }

  private warm(count: number): void {
    const { table, hashes, pages } = this
    const mask = table.length - 1
    let read = 0
    for (let i = 0; i < count; i++) read ^= table[(hashes[i] ?? 0) & mask] ?? 0
    for (let i = 0; i < count; i++) {
      const id = (table[(hashes[i] ?? 0) & mask] ?? 0) - 1
      if (id >= 0) read ^= pages[id >>> PAGE_BITS]?.[(id & (PAGE - 1)) * WORDS] ?? 0
    }
    warmed.read = read
  }

  /** Throws `RangeError` for a number that was never given. */
  position(id: number): PositionId {
    const known = this.texts.get(id) ?? this.others.get(id)
    if (known !== undefined) return known
    const page = this.pages[id >>> PAGE_BITS]
    if (page === undefined || id >= this.count) throw new RangeError(`no position has number ${id}`)
    const text = addressText(page, (id & (PAGE - 1)) * WORDS)
    if (this.texts.size >= REMEMBERED) this.texts.clear()
    this.texts.set(id, text)
    return text
  }

  /** Bytes by `byteLength`; ids that are not addresses are not counted. */
  get bytes(): number {
    return this.table.byteLength + this.pages.length * PAGE * WORDS * 4
  }

  private otherNumber(position: PositionId): number {
    let id = this.numbers.get(position)
    if (id === undefined) {
      id = this.count++
      this.numbers.set(position, id)
      this.others.set(id, position)
    }
    return id
  }

  private addressNumber(key: number, hashed: number): number {
    const mask = this.table.length - 1
    let at = hashed & mask
    for (let entry = this.table[at] ?? 0; entry !== 0; entry = this.table[at] ?? 0) {
      if (this.isKey(key, entry - 1)) return entry - 1
      at = (at + 1) & mask
    }
    const id = this.count++
    while (this.pages.length <= id >>> PAGE_BITS) this.pages.push(new Uint32Array(PAGE * WORDS))
    this.pages[id >>> PAGE_BITS]?.set(this.keys.subarray(key, key + WORDS), (id & (PAGE - 1)) * WORDS)
    this.table[at] = id + 1
    if (++this.addresses > this.table.length * 0.75) this.grow()
    return id
  }

  private isKey(key: number, id: number): boolean {
    const page = this.pages[id >>> PAGE_BITS]
    const at = (id & (PAGE - 1)) * WORDS
    if (page === undefined) return false
    for (let word = 0; word < WORDS; word++) if (page[at + word] !== this.keys[key + word]) return false
    return true
  }

  private grow(): void {
    const before = this.table
    this.table = new Uint32Array(before.length * 2)
    const mask = this.table.length - 1
    for (const entry of before) {
      if (entry === 0) continue
      const id = entry - 1
      let at = hash(this.pages[id >>> PAGE_BITS] ?? this.keys, (id & (PAGE - 1)) * WORDS) & mask
      while (this.table[at] !== 0) at = (at + 1) & mask
      this.table[at] = entry
    }
  }
}

/** Mixes all words: contracts of one deployer or vanity addresses may share most of them. */
function hash(words: Uint32Array, at: number): number {
  let mixed = 0
  for (let word = 0; word < WORDS; word++) {
    mixed = Math.imul(mixed ^ (words[at + word] ?? 0), 0x9e37_79b1)
    mixed ^= mixed >>> 15
  }
  return mixed >>> 0
}
