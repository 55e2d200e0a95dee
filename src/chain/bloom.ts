import { keccak256 } from 'ethers'
import type { Address, Hex, LogFilter, RawLog } from '../domain/chain.js'

/**
 * The logs bloom of a header (yellow paper 4.4.1): every log's address and topics set three of 2048 bits each. What is
 * not in it did certainly not happen in the block; what is in it may be two others' bits together.
 */
export class Bloom {
  /** Share of bits that are set: a full bloom says nothing. */
  readonly fill: number
  private readonly bits: Uint8Array

  constructor(text: Hex) {
    this.bits = Buffer.from(text.slice(2), 'hex')
    let ones = 0
    for (let byte of this.bits) for (; byte > 0; byte &= byte - 1) ones++
    this.fill = ones / 2048
  }

  get isEmpty(): boolean {
    return this.fill === 0
  }

  has(value: Hex): boolean {
    return positionsOf(value).every((bit) => ((this.bits[255 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0)
  }

  /** Whether the bloom of exactly these logs has every bit of this one: then they are all the logs of the block. */
  isCoveredBy(logs: readonly RawLog[]): boolean {
    const left = Uint8Array.from(this.bits)
    for (const value of new Set(logs.flatMap(({ address, topics }) => [address, ...topics])))
      for (const bit of positionsOf(value)) left[255 - (bit >> 3)] = (left[255 - (bit >> 3)] ?? 0) & ~(1 << (bit & 7))
    return left.every((byte) => byte === 0)
  }

  /** Whether this log can be in the block. A chain that keeps no blooms (all bits zero) has no say. */
  allows({ address, topics }: RawLog): boolean {
    return this.isEmpty || (this.has(address) && topics.every((topic) => this.has(topic)))
  }

  /** Addresses of `filters` that, as far as the bloom says, emitted one of their events in the block. */
  addressesOf(filters: readonly LogFilter[]): Address[] {
    const found = new Set<Address>()
    for (const { addresses, topic0 } of filters) {
      if (topic0.length > 0 && !topic0.some((topic) => this.has(topic))) continue
      for (const address of addresses) if (this.has(address)) found.add(address)
    }
    return [...found]
  }

  /** How many addresses of `filters` such a bloom names by chance, three bits each and three of one of their topics. */
  chanceOf(filters: readonly LogFilter[]): number {
    const hit = this.fill ** 3
    const perFilter = filters.map(({ addresses, topic0 }) => {
      return addresses.length * hit * (topic0.length === 0 ? 1 : Math.min(1, topic0.length * hit))
    })
    return perFilter.reduce((sum, chance) => sum + chance, 0)
  }
}

const known = new Map<Hex, readonly number[]>()
/** Topics may hold users' addresses: what is remembered must not grow for ever. */
const MOST_KNOWN = 50_000

function positionsOf(value: Hex): readonly number[] {
  const before = known.get(value)
  if (before) return before
  const hash = keccak256(value)
  const positions = [2, 6, 10].map((at) => Number.parseInt(hash.slice(at, at + 4), 16) & 2047)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(value, positions)
  return positions
}
