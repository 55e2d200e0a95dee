import type { RowChange, Slot, SlotWeights } from '../../src/domain/weights.js'
import { KeeperError } from '../../src/domain/errors.js'
import { Scanner } from '../../src/scanner/scanner.js'

const UNIT = 10n ** 6n
const slots: readonly Slot[] = [
  { kind: 'collateral', feed: 'a', unit: UNIT },
  { kind: 'debt', feed: 'b', unit: UNIT },
  { kind: 'collateral', feed: 'c', unit: UNIT },
]
const weights = (...f64: number[]): SlotWeights => ({
  slots,
  f64: Float64Array.from(f64),
  tolerance: 1e-6,
  block: 1,
  timestamp: 1n,
})
const row = (position: string, ...entries: [number, bigint][]): RowChange => ({
  position,
  entries: entries.map(([slot, amount]) => ({ slot, amount })),
})

describe('Scanner', () => {
  let scanner: Scanner
  const deaths: KeeperError[] = []
  beforeEach(() => {
    deaths.length = 0
    scanner = new Scanner((error) => deaths.push(error))
  })
  afterEach(() => scanner.stop())

  it('names the positions below the tolerance and follows changes, removals and changed row lengths', () => {
    scanner.update(
      'm',
      [row('safe', [0, 200n * UNIT], [1, 100n * UNIT]), row('near', [0, 101n * UNIT], [1, 100n * UNIT])],
      slots,
    )
    expect(scanner.scan('m', weights(1, -1, 1)).candidates).toEqual([])
    expect(scanner.scan('m', weights(0.9, -1, 1)).candidates).toEqual(['near'])
    // a third entry rescues `near` and moves it to another bucket; `safe` loses its collateral
    scanner.update(
      'm',
      [row('near', [0, 101n * UNIT], [1, 100n * UNIT], [2, 50n * UNIT]), row('safe', [1, 100n * UNIT])],
      slots,
    )
    const moved = scanner.scan('m', weights(0.9, -1, 1))
    expect(moved).toMatchObject({ candidates: ['safe'], scanned: 2 })
    scanner.update('m', [row('safe')], slots)
    expect(scanner.scan('m', weights(0.9, -1, 1))).toMatchObject({ candidates: [], scanned: 1 })
  })

  it('keeps markets apart and forgets a market that is replaced', () => {
    scanner.update('m', [row('x', [1, UNIT])], slots)
    scanner.update('n', [row('y', [1, UNIT])], slots)
    expect(scanner.scan('m', weights(1, -1, 1)).candidates).toEqual(['x'])
    scanner.replaceAll('m', [row('z', [1, UNIT])], slots)
    expect(scanner.scan('m', weights(1, -1, 1)).candidates).toEqual(['z'])
    expect(scanner.scan('n', weights(1, -1, 1)).candidates).toEqual(['y'])
  })

  it('counts a collateral whose threshold is zero for nothing, also before and after it has one', async () => {
    await scanner.stop()
    scanner = new Scanner((error) => deaths.push(error), { hotFrom: 0 })
    const rows = Array.from({ length: 100 }, (_, i) => row(`p${i}`, [0, BigInt(101 + i) * UNIT], [1, 100n * UNIT]))
    const poor = row('poor', [2, 10n ** 6n * UNIT], [1, UNIT])
    const both = row('both', [0, 101n * UNIT], [1, 100n * UNIT], [2, 10n ** 6n * UNIT])
    scanner.update('m', [...rows, poor, both], slots)
    // the weight is price · index · 0: no amount of it helps
    expect(scanner.scan('m', weights(1, -1, 0)).candidates).toEqual(['poor'])
    await scanner.settled()
    const without = scanner.scan('m', weights(0.985, -1, 0))
    expect(without.how).toBe('hot')
    expect([...without.candidates].sort()).toEqual(['both', 'p0', 'poor'])
    // governance gives it a threshold; the bound from the epoch without one still holds
    const given = scanner.scan('m', weights(0.985, -1, 1))
    expect(given).toMatchObject({ how: 'hot', candidates: ['p0'] })
    await scanner.settled()
    // a new epoch with the threshold; taking it away is an endless fall, so everybody is looked at
    scanner.market('m').forgetHot()
    expect(scanner.scan('m', weights(1, -1, 1)).candidates).toEqual([])
    await scanner.settled()
    const taken = scanner.scan('m', weights(1, -1, 0))
    expect(taken).toMatchObject({ how: 'full', rho: Infinity })
    expect(taken.candidates).toEqual(['poor'])
    expect(deaths).toEqual([])
  })

  it('treats a sum that is not a number as a candidate', () => {
    scanner.update('m', [row('x', [0, UNIT])], slots)
    expect(scanner.scan('m', weights(NaN, -1, 1)).candidates).toEqual(['x'])
  })

  it('finds exactly what a direct sum finds over many random changes', () => {
    const seed = 7
    let state = seed
    const random = (n: number): number => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) % n
    const model = new Map<string, RowChange>()
    for (let round = 0; round < 40; round++) {
      const changes = Array.from({ length: 50 }, () => {
        const entries = Array.from({ length: random(5) }, (): [number, bigint] => [
          random(3),
          BigInt(1 + random(1_000_000)),
        ])
        return row(`p${random(200)}`, ...entries)
      })
      for (const change of changes) model.set(change.position, change)
      scanner.update('m', changes, slots)
      const w = weights(0.5 + random(100) / 100, -(0.5 + random(100) / 100), 0.5)
      const expected = [...model.values()].filter(({ entries }) => entries.length > 0 && margin(entries, w.f64) < 1e-6)
      const { candidates } = scanner.scan('m', w)
      expect({ seed, round, found: [...candidates].sort() }).toEqual({
        seed,
        round,
        found: expected.map((r) => r.position).sort(),
      })
    }
  })

  it('lays a market that is written whole into few chunks, and finds what comes on top of it, also after another', () => {
    const many = (count: number, from: number): RowChange[] =>
      Array.from({ length: count }, (_, i) => row(`p${from + i}`, [0, BigInt(i % 100) * UNIT], [1, (UNIT * 179n) / 2n]))
    const below = (count: number): number => Math.floor(count / 100) * 90 + Math.min(count % 100, 90)
    const chunks = (): number => scanner.market('m').rows.table.chunks.length
    scanner.replaceAll('m', many(40_000, 0), slots)
    expect(chunks()).toBe(3) // of 16,384 rows each
    expect(scanner.scan('m', weights(1, -1, 1))).toMatchObject({ found: below(40_000), scanned: 40_000 })
    scanner.update('m', many(5_000, 40_000), slots)
    expect(scanner.scan('m', weights(1, -1, 1))).toMatchObject({ found: below(40_000) + below(5_000), scanned: 45_000 })
    // the same room serves the next market, which has longer rows too
    const longer = row('long', [0, UNIT], [1, 90n * UNIT], [2, UNIT])
    const before = chunks()
    scanner.replaceAll('m', [...many(45_000, 0), longer], slots)
    expect(chunks()).toBe(before + 1)
    expect(scanner.scan('m', weights(1, -1, 1))).toMatchObject({ found: below(45_000) + 1, scanned: 45_001 })
  })

  it('says when rows of an old slot table still fit', () => {
    scanner.update('m', [], slots)
    expect(scanner.slotsStillFit('m', [...slots, { kind: 'debt', feed: 'd', unit: 1n }])).toBe(true)
    expect(scanner.slotsStillFit('m', [...slots].reverse())).toBe(false)
    expect(scanner.slotsStillFit('m', slots.slice(1))).toBe(false)
  })

  it('refuses a slot that the table lacks', () => {
    expect(() => scanner.update('m', [row('x', [3, 1n])], slots)).toThrow(/slot 3 of 3/)
  })
})

function margin(entries: RowChange['entries'], f64: Float64Array): number {
  return entries.reduce((sum, { slot, amount }) => {
    const outward = slots[slot]?.kind === 'debt' ? amount + 1n : amount - 1n
    return sum + (Number(outward) / Number(UNIT)) * (f64[slot] ?? NaN)
  }, 0)
}
