import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/devnet/positions/random.js'
import type { RowChange, Slot, SlotWeights } from '../../src/domain/weights.js'
import { KeepWarm } from '../../src/scanner/keep-warm.js'
import { MarketScan } from '../../src/scanner/market-scan.js'
import { Scanner } from '../../src/scanner/scanner.js'
import { until } from '../support/until.js'

const UNIT = 10n ** 6n
const COUNT = 400
const SEED = 20_261
const slots: readonly Slot[] = [
  { kind: 'collateral', feed: 'a', unit: UNIT },
  { kind: 'debt', feed: 'b', unit: UNIT },
]
/** Of a price in hundredths. */
const factors = Float64Array.from([0.01, -0.01])
const weights = (collateral: number): SlotWeights => ({
  slots,
  f64: Float64Array.from([collateral, -1]),
  tolerance: 1e-6,
  block: 1,
  timestamp: 1n,
  factors: { outward: factors, certain: factors },
})
const row = (i: number, amount: number): RowChange => ({
  position: `p${i}`,
  entries: [
    { slot: 0, amount: BigInt(amount) * UNIT },
    { slot: 1, amount: 1_000n * UNIT },
  ],
})

describe('keeping the hot prefix warm', () => {
  afterEach(() => jest.restoreAllMocks())

  it('repeats until it is stopped, and never when told 0', async () => {
    let [often, never] = [0, 0]
    const warm = new KeepWarm(() => often++, 1)
    const cold = new KeepWarm(() => never++, 0)
    for (const each of [warm, warm, cold]) each.start()
    await until(() => often >= 3, 'three repetitions')
    warm.stop()
    const stopped = often
    await sleep(10)
    expect({ often, never }).toEqual({ often: stopped, never: 0 })
  })

  it('changes no answer: a scanner that repeats its questions says what one says that does not', async () => {
    const rehearse = jest.spyOn(MarketScan.prototype, 'rehearse')
    const fail = (error: Error): never => {
      throw error
    }
    const scanners = [0, 1].map((warmEveryMs) => new Scanner(fail, { hotFrom: 0, warmEveryMs }))
    const random = new Random(SEED)
    const below = (end: number): number => Math.floor(random.next() * end)
    try {
      for (const scanner of scanners) {
        scanner.update(
          'm',
          Array.from({ length: COUNT }, (_, i) => row(i, 1_001 + i)),
          slots,
        )
        scanner.scan('m', weights(1))
        await scanner.settled()
      }
      let found = 0
      for (let turn = 0; turn < 60; turn++) {
        const changed = Array.from({ length: 3 }, () => row(below(COUNT), 1_001 + below(COUNT)))
        const [weight, price] = [0.97 + below(60) / 1_000, BigInt(95 + below(10))]
        const before = rehearse.mock.calls.length
        const answers = scanners.map((scanner) => {
          scanner.update('m', changed, slots)
          const block = scanner.scan('m', weights(weight))
          const update = { market: 'm', origin: 'pending', changes: new Map([['a', price]]) } as const
          return { block, price: scanner.price(update), watch: scanner.watchlist('m', 1.05) }
        })
        // the views that were handed out are still what they were after the same questions were asked again
        await until(() => rehearse.mock.calls.length >= before + 2, 'two rehearsals')
        const [cold, warm] = answers.map(({ block, price: priced, watch }) => ({
          block: [...block.candidates].sort(),
          price: [...(priced?.candidates ?? [])].sort(),
          watch: [...watch].sort(),
        }))
        expect({ SEED, turn, ...warm }).toEqual({ SEED, turn, ...cold })
        found += cold?.price.length ?? 0
      }
      expect(found).toBeGreaterThan(100)
    } finally {
      await Promise.all(scanners.map((scanner) => scanner.stop()))
    }
  })
})
