import type { RelayResult } from './relay.js'

/** Longest rest that a relay's own `Retry-After` can impose: one absurd header must not silence a relay for the day. */
const LONGEST_REST_MS = 60_000
/** Unanswered requests in a row after which a relay rests. */
const FAILURES = 5
/** Its first rest; it doubles with every further failure, up to the longest. */
const FIRST_REST_MS = 3_000

interface State {
  readonly failures: number
  /** When the last of them was known. */
  readonly failedMs: number
  readonly untilMs: number
  readonly why: 'rateLimited' | 'unanswered'
}

const FRESH: State = { failures: 0, failedMs: -Infinity, untilMs: 0, why: 'unanswered' }

/**
 * The circuit breaker of every relay, by name. One that limits our rate rests for as long as it says; one that leaves five
 * requests in a row unanswered rests for three seconds, and twice as long after each further one: then a single request
 * tries it again. Requests that were on their way together are one in that row: many bundles leave at once, and one slow moment
 * must not silence a relay. A relay that refuses is well.
 */
export class Resting {
  private readonly states = new Map<string, State>()

  /** What a request to a relay that rests ends in, or null when it may be asked. */
  rest(name: string, nowMs: number): RelayResult | null {
    const { untilMs, why } = this.states.get(name) ?? FRESH
    const left = untilMs - nowMs
    if (left <= 0) return null
    if (why === 'rateLimited') return { kind: 'rateLimited', retryAfterMs: left, unsent: true }
    return { kind: 'unknown', why: `not asked: it left ${FAILURES} requests in a row unanswered`, unsent: true }
  }

  /** Takes over what came of a request that was made at `sentMs`. */
  heard(name: string, result: RelayResult, nowMs: number, sentMs = nowMs): void {
    if (result.kind === 'rateLimited') {
      if (result.retryAfterMs === undefined) return
      const untilMs = nowMs + Math.min(result.retryAfterMs, LONGEST_REST_MS)
      this.states.set(name, { ...FRESH, untilMs, why: 'rateLimited' })
    } else if (result.kind === 'unknown') {
      const before = this.states.get(name) ?? FRESH
      if (sentMs < before.failedMs) return
      const failures = before.failures + 1
      const over = failures - FAILURES
      const restMs = over < 0 ? 0 : Math.min(FIRST_REST_MS * 2 ** Math.min(over, 10), LONGEST_REST_MS)
      this.states.set(name, { failures, failedMs: nowMs, untilMs: nowMs + restMs, why: 'unanswered' })
    } else this.states.delete(name)
  }
}
