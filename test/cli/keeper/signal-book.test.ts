import { SignalBook } from '../../../src/cli/keeper/signal-book.js'
import type { Address, Head, Hex } from '../../../src/domain/chain.js'
import type { PriceSignal } from '../../../src/oracle/source.js'
import type { LeafId, LeafState } from '../../../src/oracle/tree.js'

const AGGREGATOR: Address = `0x${'a'.repeat(40)}`
const OTHER: Address = `0x${'b'.repeat(40)}`
const hashOf = (n: number): Hex => `0x${String(n).padStart(64, '0')}`
const headAt = (number: number): Head => ({
  ...{ number, hash: hashOf(number), parentHash: hashOf(number - 1), timestamp: BigInt(number) },
  ...{ baseFeePerGas: 1n, gasLimit: 30_000_000n, gasUsed: 0n },
})
const report = (answer: bigint, carrier: number, aggregator = AGGREGATOR): PriceSignal => ({
  ...{ channel: 'transmit', answers: [{ aggregator, answer }], seenAtMs: 0 },
  behind: { kind: 'transmit', hash: hashOf(carrier), raw: '0x02' },
})

describe('reports that have not landed', () => {
  const leaves = new Map<LeafId, LeafState>()
  const book = (): SignalBook => new SignalBook((id) => leaves.get(id))
  beforeEach(() => {
    leaves.clear()
    leaves.set(AGGREGATOR, { kind: 'rounds', answer: 100n })
  })

  it('is news once, also when several channels tell of it; another carrier of the same round is another report', () => {
    const signals = book()
    expect(signals.take(report(90n, 1), headAt(5))).toBe(true)
    expect(signals.take({ ...report(90n, 1), channel: 'hint' }, headAt(5))).toBe(false)
    expect(signals.take(report(90n, 2), headAt(5))).toBe(true)
    expect(signals.at(headAt(6)).map(({ behind }) => behind)).toEqual([report(90n, 1).behind, report(90n, 2).behind])
  })

  it('is no news of an aggregator that nobody follows', () => {
    expect(book().take(report(90n, 1, OTHER), headAt(5))).toBe(false)
  })

  it('ends with the round that lands, whatever it says, and with a reorg that takes one back', () => {
    const signals = book()
    const before = leaves.get(AGGREGATOR)
    signals.take(report(90n, 1), headAt(5))
    expect(signals.at(headAt(6))).toHaveLength(1)
    leaves.set(AGGREGATOR, { kind: 'rounds', answer: 91n })
    expect(signals.at(headAt(7))).toEqual([])
    if (before !== undefined) leaves.set(AGGREGATOR, before)
    expect(signals.at(headAt(7))).toEqual([])
    expect(signals.take(report(90n, 1), headAt(7))).toBe(false)
  })

  it('is believed to be lost after five blocks', () => {
    const signals = book()
    signals.take(report(90n, 1), headAt(5))
    expect(signals.at(headAt(9))).toHaveLength(1)
    expect(signals.at(headAt(10))).toEqual([])
    expect(signals.at(headAt(9))).toEqual([])
  })
})
