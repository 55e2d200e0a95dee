import { addressOf } from './addresses.js'
import { Baseline } from './baseline.js'
import { csrBelow, csrRows } from './csr.js'
import { rotateDeltas } from './delta-rotation.js'
import { ROLES } from './figures.js'
import type { BenchMarket } from './market.js'
import { plainSum, simdSum } from './memory-sums.js'
import type { Population } from './population.js'
import { Random } from './random.js'
import { type Contestant, type Times, rotate } from './rotation.js'
import type { Subject } from './subject.js'
import { BenchWeights } from './weights.js'

const ROUNDS = 64
const WARM_UPS = 6
/** The baseline takes part in every so-many-th round: seconds each at a million positions. */
const BASELINE_EVERY = 16

/** What the last round's scans gave. */
interface Findings {
  ours: Uint32Array
  csr: Uint32Array
  baseline: readonly number[]
}

export interface DuelResult {
  readonly times: Times
  readonly missed: number
}

const absentFrom = (list: Uint32Array, wanted: Iterable<number>): number => {
  const have = new Set(list)
  let absent = 0
  for (const id of wanted) if (!have.has(id)) absent++
  return absent
}

/** Moves a random reserve's price up or down by half a percent. */
function movePrice(market: BenchMarket, weights: BenchWeights, random: Random): void {
  const reserve = random.below(market.price.length)
  market.price[reserve] = ((market.price[reserve] ?? 0n) * (random.unit() < 0.5 ? 995n : 1_005n)) / 1_000n
  weights.reprice(reserve)
}

/**
 * The full scan, the baseline, the plain kernel and the memory's limit in one rotation. Missed is whoever the plain kernel
 * finds in any round, or the baseline's integers in its rounds, and the scan does not. The market's prices move.
 */
export async function runDuel(
  market: BenchMarket,
  people: Population,
  subject: Subject,
  seed: number,
  progress: (done: number) => void,
): Promise<DuelResult> {
  const baseline = new Baseline(market, people, addressOf)
  const csr = csrRows(market, people)
  const figures = new BenchWeights(market)
  let weights = figures.at(1)
  const buffer = new Uint32Array(people.size)
  const last: Findings = { ours: buffer, csr: buffer, baseline: [] }
  const csrScan = (): void => {
    last.csr = buffer.subarray(0, csrBelow(csr, weights.f64, weights.tolerance, buffer))
  }
  const stretches = subject.scanSet()
  const contestants: Contestant[] = [
    { name: ROLES.ours, every: 1, run: () => (last.ours = subject.fullScan(weights)) },
    { name: ROLES.csr, every: 1, run: csrScan },
    { name: ROLES.limit, every: 1, run: await simdSum(subject.memory, stretches) },
    { name: ROLES.plain, every: 1, run: plainSum(subject.memory, stretches) },
    { name: ROLES.baseline, every: BASELINE_EVERY, run: () => (last.baseline = baseline.scan()) },
  ]
  let missed = 0
  const judge = (took: ReadonlySet<string>): void => {
    missed += absentFrom(last.ours, last.csr)
    if (took.has(ROLES.baseline)) missed += absentFrom(last.ours, last.baseline)
  }
  const random = new Random(seed)
  const prepare = (): void => {
    movePrice(market, figures, random)
    weights = figures.at(weights.block + 1)
  }
  const times = await rotate(contestants, { warmUps: WARM_UPS, rounds: ROUNDS, prepare, judge, progress })
  const deltas = await rotateDeltas(market, people, baseline, csrScan, new Random(seed))
  return { times: new Map([...times, ...deltas]), missed }
}

export const DUEL_TURNS = ROUNDS + WARM_UPS
