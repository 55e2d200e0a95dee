import type { PositionId } from '../domain/market.js'
import { WORDS, addressText, readAddress } from './address-words.js'

const PAGE_BITS = 14
const PAGE = 1 << PAGE_BITS
const FIRST_TABLE = 1_024
/** Texts of positions that were asked for lately: candidates are mostly the same ones. */
const REMEMBERED = 8_192

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
  private readonly key = new Uint32Array(WORDS)
  private count = 0

  get size(): number {
    return this.count
  }

  /** The number of `position`, new if it has none. */
  number(position: PositionId): number {
    return readAddress(position, this.key) ? this.addressNumber() : this.otherNumber(position)
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

  private addressNumber(): number {
    const mask = this.table.length - 1
    const { key } = this
    let at = hash(key, 0) & mask
    for (let entry = this.table[at] ?? 0; entry !== 0; entry = this.table[at] ?? 0) {
      if (this.isKey(entry - 1)) return entry - 1
      at = (at + 1) & mask
    }
    const id = this.count++
    while (this.pages.length <= id >>> PAGE_BITS) this.pages.push(new Uint32Array(PAGE * WORDS))
    this.pages[id >>> PAGE_BITS]?.set(key, (id & (PAGE - 1)) * WORDS)
    this.table[at] = id + 1
    if (++this.addresses > this.table.length * 0.75) this.grow()
    return id
  }

  private isKey(id: number): boolean {
    const page = this.pages[id >>> PAGE_BITS]
    const at = (id & (PAGE - 1)) * WORDS
    if (page === undefined) return false
    for (let word = 0; word < WORDS; word++) if (page[at + word] !== this.key[word]) return false
    return true
  }

  private grow(): void {
    const before = this.table
    this.table = new Uint32Array(before.length * 2)
    const mask = this.table.length - 1
    for (const entry of before) {
      if (entry === 0) continue
      const id = entry - 1
      let at = hash(this.pages[id >>> PAGE_BITS] ?? this.key, (id & (PAGE - 1)) * WORDS) & mask
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
