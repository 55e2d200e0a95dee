import { rateOf } from '../../indexer/estimate.js'
import type { SyncProgress } from '../../indexer/sync-context.js'
import type { Cli } from '../command.js'

const EVERY_MS = 2_000
const WHAT: Readonly<Record<SyncProgress['step'], string>> = {
  borrowers: 'blocks searched for borrowers',
  snapshot: 'requests',
  logs: 'blocks',
}

/** Tells how far reading a market is, not more often than every two seconds, with rate and time left. */
export function progressLine(cli: Cli, now: () => number = Date.now): (progress: SyncProgress) => void {
  const started = new Map<string, { atMs: number; done: number }>()
  let lastMs = now()
  return ({ market, step, done, of, logs }) => {
    const key = `${market} ${step}`
    const first = started.get(key) ?? { atMs: now(), done }
    started.set(key, first)
    if (now() - lastMs < EVERY_MS) return
    lastMs = now()
    const { perSecond, secondsLeft } = rateOf(done - first.done, of - first.done, first.atMs, now())
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`
    const read = logs === undefined ? '' : `, ${logs} logs`
    cli.note(`${market}: ${done} of ${of} ${WHAT[step]}${read} (${perSecond.toFixed(0)}/s${left})`)
  }
}
