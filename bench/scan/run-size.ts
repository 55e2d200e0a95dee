import { Progress } from '../progress.js'
import { makeAdversary } from './adversary.js'
import { checkDigests } from './digest-check.js'
import { DUEL_TURNS, runDuel } from './duel.js'
import { exactSlots, exactlyBelowOne } from './exact.js'
import { type ScanFigures, figuresOf } from './figures.js'
import { Ledger } from './ledger.js'
import { missedIn } from './live-truth.js'
import { LiveRun, eventsOf } from './live.js'
import { type BenchMarket, makeMarket } from './market.js'
import type { ScanOptions } from './options.js'
import { pinOf } from './pins.js'
import { type Population, makePopulation } from './population.js'
import { Random } from './random.js'
import { liveTable, rotationTable, summary } from './report.js'
import { startSubject } from './start-subject.js'
import { slotWeights } from './weights.js'

const LIVE_SEED = 11
const ADVERSARY_SEED = 13
export const ADVERSARY_SIZE = 200_000

export interface SizeResult {
  readonly figures: ScanFigures
  readonly text: string
}

function restore(market: BenchMarket): void {
  const fresh = makeMarket()
  market.price.splice(0, Infinity, ...fresh.price)
  market.liquidityIndex.splice(0, Infinity, ...fresh.liquidityIndex)
  market.borrowIndex.splice(0, Infinity, ...fresh.borrowIndex)
}

/** Positions that several runs of one size share; nobody changes them. */
export interface Prepared {
  readonly size: number
  readonly people: Population
  readonly exact: Uint32Array
}

/** The positions and, by integers alone, who is below one. */
export function prepare(size: number, { mix, seed }: ScanOptions): Prepared {
  const market = makeMarket()
  const people = makePopulation(market, size, mix, seed, new Progress('positions', size).at)
  return { size, people, exact: exactlyBelowOne(people, exactSlots(market), new Progress('exact list', size).at) }
}

/** Everything about one number of positions. Throws `DigestMismatch` before any time is known. */
export async function runSize(
  { size, people, exact }: Prepared,
  { mix, seed, events }: ScanOptions,
  alreadyMissed: number,
): Promise<SizeResult> {
  const market = makeMarket()
  const subject = await startSubject(market, people, new Progress('filling the scanner', size).at)
  try {
    const scanned = subject.fullScan(slotWeights(market, 1))
    const digestOk = checkDigests(market, people, scanned, exact, pinOf(size, mix, seed))
    const duel = await runDuel(market, people, subject, seed, new Progress('rotation', DUEL_TURNS).at)
    restore(market)
    const stream = new LiveRun(new Ledger(market, people), subject, new Random(LIVE_SEED))
    const live = await stream.run(events, new Progress('live stream', eventsOf(events)).at)
    const missedLive = missedIn(
      live.said,
      makeMarket(),
      people,
      new Progress('truth of the stream', eventsOf(events)).at,
    )
    const scanSetBytes = subject.scanSet().reduce((sum, { bytes }) => sum + bytes, 0)
    const memory = { scanBytes: subject.scanSetBytes(), allBytes: subject.allBytes() }
    const missed = alreadyMissed + duel.missed + missedLive
    const figures = figuresOf({ n: size, times: duel.times, live, memory, missed, digestOk })
    const facts = { n: size, entries: people.slots.length, scanSetBytes }
    const title = `${size} positions, mix ${mix}, seed ${seed}, digests ${digestOk ? 'as pinned' : 'not pinned for these'}`
    const text = [title, rotationTable(duel.times, facts), liveTable(live), summary(figures, live)].join('\n\n')
    return { figures, text }
  } finally {
    await subject.stop()
  }
}

/** Positions within a few wei of a health factor of one that the exact rule has below it and the scan did not name. */
export async function missedOfAdversary(): Promise<number> {
  const { market, people } = makeAdversary(ADVERSARY_SIZE, ADVERSARY_SEED)
  const subject = await startSubject(market, people, new Progress('adversarial positions', ADVERSARY_SIZE).at)
  try {
    const named = new Set(subject.fullScan(slotWeights(market, 1)))
    subject.block(slotWeights(market, 1))
    await subject.settled() // the next answer may come from the hot prefix
    const { certain, undecided } = subject.block(slotWeights(market, 2)).read()
    const hot = new Set([...certain, ...undecided])
    const exact = exactlyBelowOne(people, exactSlots(market), new Progress('adversarial truth', ADVERSARY_SIZE).at)
    return exact.filter((id) => !named.has(id) || !hot.has(id)).length
  } finally {
    await subject.stop()
  }
}
