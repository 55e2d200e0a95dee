import { nearestOf, type Lever } from '../../../src/cli/keeper/nearness.js'
import type { Address } from '../../../src/domain/chain.js'
import type { RowEntry, Slot } from '../../../src/domain/weights.js'
import { Random } from '../../profit/support/random.js'

const SEED = 4_711
const CASES = 2_000
const FEEDS = ['ether', 'staked', 'dollar', 'bitcoin']
const SLOTS: readonly Slot[] = FEEDS.flatMap((feed) => [
  { kind: 'collateral', feed, unit: 10n ** 6n },
  { kind: 'debt', feed, unit: 10n ** 6n },
])

/** Staked ether follows ether, the others go by themselves. */
const LEVERS: readonly Lever[] = [
  ['1', ['ether', 'staked']],
  ['2', ['dollar']],
  ['3', ['bitcoin']],
].map(([digit, feeds]) => ({
  aggregator: `0x${String(digit).repeat(40)}`,
  answer: 10n ** 10n,
  fall: new Map((feeds as string[]).map((feed) => [feed, -0.01])),
}))

/** Collateral counts four fifths, debt in full; prices by feed. */
const weightsAt = (prices: ReadonlyMap<string, number>): Float64Array =>
  Float64Array.from(SLOTS, ({ kind, feed }) => (prices.get(feed ?? '') ?? 0) * (kind === 'debt' ? -1 : 0.8))

const sumOf = (entries: readonly RowEntry[], f64: Float64Array): number =>
  entries.reduce((sum, { slot, amount }) => sum + (Number(amount) / 1e6) * (f64[slot] ?? 0), 0)

/** Some of everything, the debts scaled to a health factor between 1 and 1.6. */
function entriesOf(random: Random, f64: Float64Array): RowEntry[] {
  const drawn = SLOTS.flatMap((_, slot) => (random.next() < 0.4 ? [{ slot, amount: random.amount(1e9, 1e12) }] : []))
  const isDebt = ({ slot }: RowEntry): boolean => SLOTS[slot]?.kind === 'debt'
  const debts = -sumOf(drawn.filter(isDebt), f64)
  const rest = sumOf(
    drawn.filter((entry) => !isDebt(entry)),
    f64,
  )
  const scale = debts === 0 ? 1 : rest / (debts * (1 + 0.6 * random.next()))
  return drawn.map((entry) =>
    isDebt(entry) ? { ...entry, amount: BigInt(Math.floor(Number(entry.amount) * scale)) } : entry,
  )
}

const byAddress = (aggregator: Address): Lever => {
  const lever = LEVERS.find((one) => one.aggregator === aggregator)
  if (!lever) throw new Error(`no lever ${aggregator}`)
  return lever
}

it(`the nearest round opens the position and hardly goes further, and no other lever is nearer (seed ${SEED})`, () => {
  const random = new Random(SEED)
  const prices = new Map(FEEDS.map((feed): [string, number] => [feed, 1 + 100 * random.next()]))
  const f64 = weightsAt(prices)
  const after = (lever: Lever, part: number): Float64Array =>
    weightsAt(new Map([...prices].map(([feed, price]) => [feed, lever.fall.has(feed) ? price * part : price])))
  let [found, none] = [0, 0]
  for (let i = 0; i < CASES; i++) {
    const entries = entriesOf(random, f64)
    if (sumOf(entries, f64) <= 0) continue
    const nearest = nearestOf(entries, { slots: SLOTS, f64 }, LEVERS)
    const opens = (lever: Lever, distance: number): boolean =>
      [1 - distance, 1 + distance].some((part) => sumOf(entries, after(lever, part)) < 0)
    const where = `seed ${SEED} case ${i}`
    if (nearest === null) {
      none++
      if (LEVERS.some((lever) => opens(lever, 0.29))) throw new Error(`${where}: somebody opens it`)
      continue
    }
    found++
    const [{ aggregator, answer } = { aggregator: '0x', answer: 0n }] = nearest.answers
    const lever = byAddress(aggregator as Address)
    const part = Number(answer) / Number(lever.answer)
    if (!(sumOf(entries, after(lever, part)) < 0)) throw new Error(`${where}: ${part} does not open it`)
    if (Math.abs(Math.abs(part - 1) - nearest.distance) > 0.0021) throw new Error(`${where}: ${part} is too far`)
    if (LEVERS.some((one) => opens(one, nearest.distance * 0.999))) throw new Error(`${where}: a nearer one is there`)
  }
  process.stdout.write(`nearness: ${found} within reach, ${none} not\n`)
  expect(found).toBeGreaterThan(CASES / 10)
  expect(none).toBeGreaterThan(10)
})
