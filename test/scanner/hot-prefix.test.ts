import type { RowChange, Slot, SlotWeights } from '../../src/domain/weights.js'
import type { KeeperError } from '../../src/domain/errors.js'
import { Scanner } from '../../src/scanner/scanner.js'

const UNIT = 10n ** 6n
const RESERVES = 20
const slots: readonly Slot[] = Array.from({ length: 2 * RESERVES }, (_, i) => ({
  kind: i < RESERVES ? 'collateral' : 'debt',
  feed: `f${i % RESERVES}`,
  unit: UNIT,
}))
const base = Float64Array.from(slots, ({ kind }) => (kind === 'debt' ? -1 : 1))
const weights = (change: Readonly<Record<number, number>> = {}, of = base): SlotWeights => ({
  slots,
  f64: of.map((weight, slot) => change[slot] ?? weight),
  tolerance: 1e-6,
  block: 1,
  timestamp: 1n,
  factors: { outward: base, certain: base },
})
const COUNT = 400
/** Health factors from 1.001 to 1.4; `p0` is the nearest. */
const row = (i: number): RowChange => ({
  position: `p${i}`,
  entries: [
    { slot: i % RESERVES, amount: BigInt(1_001 + i) * UNIT },
    { slot: RESERVES + ((i + 1) % RESERVES), amount: 1_000n * UNIT },
  ],
})
const rows = Array.from({ length: COUNT }, (_, i) => row(i))

describe('hot prefix', () => {
  let scanner: Scanner
  let deaths: KeeperError[]
  const open = (kernel: 'js' | 'wasm-simd' = 'wasm-simd'): void => {
    deaths = []
    scanner = new Scanner((error) => deaths.push(error), { hotFrom: 0, kernel })
  }
  afterEach(() => scanner.stop())

  const warm = async (): Promise<void> => {
    scanner.update('m', rows, slots)
    expect(scanner.scan('m', weights()).how).toBe('full')
    await scanner.settled()
  }

  it('answers from few rows while weights are near the epoch, and from all when they are far', async () => {
    open()
    await warm()
    const near = scanner.scan('m', weights({ 0: 0.995 }))
    expect(near).toMatchObject({ how: 'hot', candidates: ['p0'], scanned: COUNT })
    expect(near.rho).toBeCloseTo(1 / 0.995, 6)
    expect(near.rows).toBeLessThan(COUNT / 10)
    expect(scanner.ask('m', weights({ 0: 0.6 }))).toMatchObject({ how: 'full' })
  })

  it('is left when a price falls to zero or a new debt price appears, and comes back', async () => {
    open()
    await warm()
    const gone = scanner.scan('m', weights({ 0: 0, 20: -0 }))
    expect(gone).toMatchObject({ how: 'full', rho: Infinity })
    expect(gone.candidates).toHaveLength(COUNT / RESERVES)
    await scanner.settled()
    expect(scanner.ask('m', weights({ 0: 0, 20: -0 }))).toMatchObject({ how: 'hot' })
    // the debt slot counted for nothing in this epoch: any price is infinitely more
    expect(scanner.ask('m', weights())).toMatchObject({ how: 'full', candidates: [] })
  })

  it('follows rows that change, change their length or leave, also while the worker rebuilds', async () => {
    open()
    await warm()
    scanner.scan('m', weights({ 3: 1.05 }))
    const far = scanner.scan('m', weights({ 3: 0.95 })) // an epoch is due
    await new Promise(setImmediate) // ordered; the worker is at it now
    expect([...far.candidates].sort()).toEqual(['p23', 'p3', 'p43'])
    const longer = { position: 'p3', entries: [...row(3).entries, { slot: 5, amount: 900n * UNIT }] }
    scanner.update('m', [longer, { position: 'p23', entries: [] }, row(401)], slots)
    await scanner.settled()
    const after = scanner.scan('m', weights({ 3: 0.95 }))
    expect(after).toMatchObject({ how: 'hot', candidates: ['p43'], scanned: COUNT })
    scanner.update('m', [row(3)], slots)
    const back = scanner.scan('m', weights({ 3: 0.95 }))
    expect(back.how).toBe('hot')
    expect([...back.candidates].sort()).toEqual(['p3', 'p43'])
  })

  it('prices an update without the strategy, names the watchlist, and changes nothing', async () => {
    open()
    await warm()
    const update = (feed: string, value: bigint) =>
      ({ market: 'm', origin: 'pending', changes: new Map([[feed, value]]) }) as const
    // the price is in whole units here: factor 1
    expect(scanner.price(update('f1', 2n))?.candidates).toContain('p0')
    expect(scanner.price(update('unknown', 2n))).toBeNull()
    expect(scanner.price(update('f1', 0n))).toBeNull()
    expect(scanner.ask('m', weights())).toMatchObject({ how: 'hot', candidates: [] })
    const watched = scanner.market('m').watchlist(1.05)
    expect(watched).toMatchObject({ how: 'hot' })
    expect(watched?.ids).toHaveLength(50) // 1.001 to 1.050, the last by one stored unit
  })

  it('keeps markets apart, each with its own epoch', async () => {
    open()
    await warm()
    scanner.update('n', rows, slots)
    expect(scanner.scan('n', weights({ 0: 0.5 })).how).toBe('full')
    await scanner.settled()
    expect(scanner.ask('n', weights({ 0: 0.5 }))).toMatchObject({ how: 'hot' })
    expect(scanner.ask('m', weights({ 0: 0.995 }))).toMatchObject({ how: 'hot', candidates: ['p0'] })
    scanner.replaceAll('m', rows.slice(0, 1), slots)
    expect(scanner.ask('m', weights({ 0: 0.995 }))).toMatchObject({ how: 'full', candidates: ['p0'], scanned: 1 })
  })

  it('uses the full scan for a market with constant terms', async () => {
    open()
    const signed: readonly Slot[] = [...slots, { kind: 'constant', feed: null, unit: 1n }]
    const at = { ...weights({}, Float64Array.from([...base, 1])), slots: signed }
    scanner.update('m', rows, signed)
    for (let i = 0; i < 2; i++) {
      expect(scanner.scan('m', at)).toMatchObject({ how: 'full' })
      await scanner.settled()
    }
  })

  it.each(['wasm-simd', 'js'] as const)('finds rows of every length with the %s kernel', (kernel) => {
    open(kernel)
    expect(scanner.kernel.name).toBe(kernel)
    const long = Array.from({ length: 40 }, (_, n) => ({
      position: `n${n}`,
      entries: [
        { slot: RESERVES, amount: 1_000n * UNIT },
        ...Array.from({ length: n }, (_, i) => ({ slot: i % RESERVES, amount: 40n * UNIT })),
      ],
    }))
    scanner.update('m', long, slots)
    const found = scanner.scan('m', weights()).candidates
    expect([...found].sort()).toEqual(
      long
        .slice(0, 26)
        .map(({ position }) => position)
        .sort(),
    )
  })

  it('goes on with full scans when its worker is gone, and says so once', async () => {
    open()
    await warm()
    const worker = Reflect.get(Reflect.get(scanner, 'worker') as object, 'worker') as { terminate(): Promise<number> }
    await worker.terminate()
    expect(deaths.map(({ code }) => code)).toEqual(['scanner-died'])
    expect(scanner.alive).toBe(false)
    expect(scanner.scan('m', weights({ 0: 0.995 }))).toMatchObject({ how: 'full', candidates: ['p0'] })
    await scanner.settled()
    expect(deaths).toHaveLength(1)
  })
})
