import type { Address, Hex } from '../domain/chain.js'

/** A price report on its way to an aggregator, as its calldata tells it. */
export interface Report {
  readonly aggregator: Address
  /** The contract that the transaction calls and that the aggregator will know as its transmitter. */
  readonly forwarder: Address
  /** True: `transmitSecondary`, the way through the auction. */
  readonly auctioned: boolean
  /** The middle observation, which becomes the answer. */
  readonly answer: bigint
  /** Grows with every report of one aggregator; a lower one is refused as stale. */
  readonly epochAndRound: bigint
}

const FORWARD = '0x6fadcf72'
const TRANSMIT = 'b1dc65a4'
const TRANSMIT_SECONDARY = 'ba0cb29e'
/** An honest one has 31 oracles and about 6 kB with its signatures. */
const MOST_CHARACTERS = 2 * 16_384
const MOST_OBSERVATIONS = 31
const INT192 = 1n << 191n

/**
 * The report in the calldata of a transaction to `to`: `forward(aggregator, transmit(…))`, or `transmit(…)` to the
 * aggregator itself; null for everything else. `calldata` may be anything. The report is
 * `(uint32 time, bytes32 observers, int192[] observations, int192 juelsPerFeeCoin)`, its answer `observations[n / 2]`
 * (Chainlink `OCR2Aggregator._report`, `DualAggregator 1.0.0`); one that is not sorted would revert and is null here.
 */
export function readReport(to: Address, calldata: string): Report | null {
  if (calldata.length > MOST_CHARACTERS || !/^0x[0-9a-f]*$/.test(calldata)) return null
  if (!calldata.startsWith(FORWARD)) return readTransmit(calldata.slice(2), to, to)
  const words = calldata.slice(FORWARD.length)
  const aggregator = wordAt(words, 0)
  const inner = bytesAt(words, lengthAt(words, 1))
  if (aggregator === null || inner === null || !aggregator.startsWith('0'.repeat(24))) return null
  return readTransmit(inner, `0x${aggregator.slice(24)}`, to)
}

/** `call` without 0x. */
function readTransmit(call: string, aggregator: Address, forwarder: Address): Report | null {
  const auctioned = call.startsWith(TRANSMIT_SECONDARY)
  if (!auctioned && !call.startsWith(TRANSMIT)) return null
  const words = call.slice(8)
  const context = wordAt(words, 1)
  // the context is three words, then the place of the report
  const report = bytesAt(words, lengthAt(words, 3))
  const answer = report === null ? null : medianOf(report)
  if (context === null || answer === null) return null
  return { aggregator, forwarder, auctioned, answer, epochAndRound: BigInt(`0x${context}`) & 0xffffffffffn }
}

function medianOf(report: string): bigint | null {
  const place = lengthAt(report, 2)
  const count = place === null ? null : lengthAt(report.slice(2 * place), 0)
  if (place === null || count === null || count < 1 || count > MOST_OBSERVATIONS) return null
  const observations: bigint[] = []
  for (let i = 0; i < count; i++) {
    const word = wordAt(report.slice(2 * place), i + 1)
    if (word === null) return null
    const value = BigInt.asIntN(256, BigInt(`0x${word}`))
    const before = observations.at(-1)
    if (value >= INT192 || value < -INT192 || (before !== undefined && value < before)) return null
    observations.push(value)
  }
  return observations[count >> 1] ?? null
}

/** Word `index` of hex without 0x; null beyond its end. */
function wordAt(hex: string, index: number): string | null {
  const word = hex.slice(64 * index, 64 * index + 64)
  return word.length === 64 ? word : null
}

/** A length or place in bytes; null when it cannot lie within any calldata that is looked at. */
function lengthAt(hex: string, index: number): number | null {
  const word = wordAt(hex, index)
  if (word === null || !word.startsWith('0'.repeat(56))) return null
  const value = Number.parseInt(word.slice(56), 16)
  return value <= MOST_CHARACTERS / 2 ? value : null
}

/** The bytes whose length stands at `place`. */
function bytesAt(hex: string, place: number | null): string | null {
  const length = place === null ? null : lengthAt(hex.slice(2 * place), 0)
  if (place === null || length === null) return null
  const start = 2 * place + 64
  const bytes = hex.slice(start, start + 2 * length)
  return bytes.length === 2 * length ? bytes : null
}

/** The selector alone: what most transactions fail at. */
export const mayBeReport = (calldata: Hex): boolean =>
  calldata.startsWith(FORWARD) || calldata.startsWith(`0x${TRANSMIT}`) || calldata.startsWith(`0x${TRANSMIT_SECONDARY}`)
