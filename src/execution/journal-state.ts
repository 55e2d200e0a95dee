import type { JournalEntry, SessionRecord } from './journal-entry.js'
import type { AttemptRecord, OutcomeRecord, TrackedIntent } from './records.js'

/** What the entries add up to. Closed intents are counted and forgotten: the ledger has them. */
export interface JournalState {
  readonly open: ReadonlyMap<string, TrackedIntent>
  readonly closed: number
  /** The last session that did not end with a `stop`, or null after a clean end. */
  readonly unfinished: SessionRecord | null
}

/** The journal as a fold over its entries. */
export class JournalFold implements JournalState {
  readonly open = new Map<string, TrackedIntent>()
  closed = 0
  unfinished: SessionRecord | null = null

  /** Throws when an entry names an intent that no earlier entry opened. */
  add(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'session':
        this.unfinished = entry.session
        return
      case 'stop':
        this.unfinished = null
        return
      case 'intent':
        this.open.set(entry.intent.id, { intent: entry.intent, attempts: [], outcome: null })
        return
      case 'attempt':
        this.attempt(entry.attempt)
        return
      case 'outcome':
        this.outcome(entry.outcome)
        return
    }
  }

  private attempt(attempt: AttemptRecord): void {
    const tracked = this.get(attempt.intentId)
    this.open.set(attempt.intentId, { ...tracked, attempts: [...tracked.attempts, attempt] })
  }

  private outcome(outcome: OutcomeRecord): void {
    const tracked = this.get(outcome.intentId)
    if (outcome.closed) {
      this.open.delete(outcome.intentId)
      this.closed += 1
    } else this.open.set(outcome.intentId, { ...tracked, outcome })
  }

  private get(id: string): TrackedIntent {
    const tracked = this.open.get(id)
    if (tracked === undefined) throw new Error(`it speaks of intent ${id}, which is not open`)
    return tracked
  }
}

/** The entries that a new journal needs to stand for `state`. */
export function entriesOf(state: JournalState): JournalEntry[] {
  const entries: JournalEntry[] = []
  if (state.unfinished !== null) entries.push({ kind: 'session', session: state.unfinished })
  for (const { intent, attempts, outcome } of state.open.values()) {
    entries.push({ kind: 'intent', intent }, ...attempts.map((attempt) => ({ kind: 'attempt' as const, attempt })))
    if (outcome !== null) entries.push({ kind: 'outcome', outcome })
  }
  return entries
}
