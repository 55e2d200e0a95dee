import type { Logger, Metrics } from '../domain/ports.js'

const HOUR_MS = 3_600_000
/** Audits in a row that could not be made until it is said that nobody watches. */
const BLIND_AFTER = 20

export interface AlarmOptions {
  readonly market: string
  /** Positions and prices that may differ within an hour before it counts as an alarm. */
  readonly maxPerHour: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

/** When a replica differs from the contracts too often, or cannot be compared any more, somebody must look. */
export class AuditAlarm {
  private found: { readonly atMs: number; readonly count: number }[] = []
  private failures = 0
  private raised: string | null = null
  private readonly now: () => number

  constructor(private readonly options: AlarmOptions) {
    this.now = options.now ?? Date.now
  }

  /** One sentence while the alarm is on, else null. */
  get text(): string | null {
    const { market, maxPerHour } = this.options
    const since = this.now() - HOUR_MS
    this.found = this.found.filter(({ atMs }) => atMs > since)
    const differences = this.found.reduce((sum, { count }) => sum + count, 0)
    if (differences > maxPerHour)
      return `${market}: ${differences} positions or prices differed from the contract within an hour, the limit is ${maxPerHour}`
    if (this.failures >= BLIND_AFTER)
      return `${market}: the last ${this.failures} comparisons with the contract could not be made`
    return null
  }

  /** An audit was made. */
  made(differences: number): void {
    this.failures = 0
    if (differences > 0) this.found.push({ atMs: this.now(), count: differences })
    this.tell()
  }

  /** An audit could not be made: the first is said aloud, then every `BLIND_AFTER`th. One of a block that is gone is no fault. */
  failed(problem: string, gone: boolean): void {
    const { market, logger, metrics } = this.options
    if (!gone) metrics.count('audit_failures', { market })
    const aloud = this.failures++ % BLIND_AFTER === 0 && !gone
    logger[aloud ? 'warn' : 'debug']('audit', { market, notRead: problem, inARow: this.failures })
    this.tell()
  }

  private tell(): void {
    const { text } = this
    const { market, logger, metrics } = this.options
    metrics.gauge('audit_alarm', text === null ? 0 : 1, { market })
    if (text !== null && this.raised === null)
      logger.error('audit', { market, alarm: text, next: 'look at the endpoints; keeper sync reads the market again' })
    if (text === null && this.raised !== null) logger.info('audit', { market, alarm: 'over' })
    this.raised = text
  }
}
