import type { RowChange } from '../../src/domain/weights.js'
import type { MarketScan } from '../../src/scanner/market-scan.js'
import type { ScanResult } from '../../src/scanner/scan-result.js'
import { Scanner } from '../../src/scanner/scanner.js'
import { LANES, MOST_ENTRIES } from '../../src/scanner/widths.js'
import { addressOf, positionOf } from './addresses.js'
import { type BenchMarket, domainSlots } from './market.js'
import type { Stretch } from './memory-sums.js'
import { type Population, scaledAt } from './population.js'
import type { Answer, Subject } from './subject.js'

const MARKET = 'bench'
/** Rows handed over at a time: objects for all of a million at once would be most of the memory. */
const CHUNK = 4_096

function rowsOf(people: Population, from: number, to: number): RowChange[] {
  const rows: RowChange[] = []
  for (let i = from; i < to; i++) {
    const entries = []
    for (let entry = people.starts[i] ?? 0; entry < (people.starts[i + 1] ?? 0); entry++)
      entries.push({ slot: people.slots[entry] ?? 0, amount: scaledAt(people, entry) })
    rows.push({ position: addressOf(i), entries })
  }
  return rows
}

/** How many positions have how many entries. */
function lengthsOf({ size, starts }: Population): Uint32Array {
  const lengths = new Uint32Array(MOST_ENTRIES + 1)
  for (let i = 0; i < size; i++) {
    const length = (starts[i + 1] ?? 0) - (starts[i] ?? 0)
    lengths[length] = (lengths[length] ?? 0) + 1
  }
  return lengths
}

function answerOf(result: ScanResult): Answer {
  return {
    rho: result.rho,
    rows: result.rows,
    found: result.found,
    read() {
      const certain: number[] = []
      const undecided: number[] = []
      result.candidates.forEach((address, i) => (result.isCertain(i) ? certain : undecided).push(positionOf(address)))
      return { certain, undecided }
    },
  }
}

/** Amounts and slots of every block that is in use: what a full scan reads, ids of hits apart. */
const scanSetOf = (scan: MarketScan): Stretch[] =>
  scan.rows.table.chunks.flatMap(({ columns, used }) => {
    const blocks = Math.ceil(used / LANES)
    const entries = blocks * LANES * columns.width
    const slotBytes = entries * columns.slots.BYTES_PER_ELEMENT
    return [
      { at: columns.amountsAt, bytes: entries * 8 },
      { at: columns.slotsAt, bytes: Math.ceil(slotBytes / 16) * 16 },
    ]
  })

/** The project's scanner, filled with `people`. Its worker starts with the first `block`. */
export async function startSubject(
  market: BenchMarket,
  people: Population,
  progress: (done: number) => void,
): Promise<Subject> {
  const fail = (error: Error): never => {
    throw error
  }
  const onDifference = (_: string, missing: readonly string[], extra: readonly string[]): never =>
    fail(new Error(`the scanner's own check found ${missing.length} missing and ${extra.length} too many`))
  const scanner = new Scanner(fail, { onDifference })
  const slots = domainSlots(market)
  scanner.expect(MARKET, lengthsOf(people), slots)
  for (let from = 0; from < people.size; from += CHUNK) {
    progress(from)
    scanner.update(MARKET, rowsOf(people, from, Math.min(people.size, from + CHUNK)), slots)
  }
  const scan = scanner.market(MARKET)
  return {
    update(rows) {
      scanner.update(MARKET, rows, slots)
    },
    block: (weights) => answerOf(scanner.scan(MARKET, weights)),
    price(changes) {
      const result = scanner.price({ market: MARKET, origin: 'pending', changes })
      if (result === null) throw new Error('the scanner could not price an update by its factors')
      return answerOf(result)
    },
    fullScan: (weights) => scan.full(weights).ids,
    memory: scanner.memory,
    scanSet: () => scanSetOf(scan),
    scanSetBytes: () => scan.memory.scan,
    allBytes: () => scanner.memoryOf(MARKET).total,
    settled: () => scanner.settled(),
    stop: () => scanner.stop(),
  }
}
