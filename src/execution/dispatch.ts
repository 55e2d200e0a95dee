import { setImmediate as turnOfLoop } from 'node:timers/promises'
import type { Head } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Metrics } from '../domain/ports.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Beside } from './beside.js'
import { simulatedFigures, type DryRun } from './dry-run.js'
import type { HeadUpdates } from './head-updates.js'
import type { Journal } from './journal.js'
import type { SignedAttempt } from './lane.js'
import type { Lanes } from './lanes.js'
import type { Misses } from './misses/misses.js'
import type { Prepared } from './preparation.js'
import type { TrackedIntent } from './records.js'
import type { FanOut } from './relays/fan-out.js'
import type { Sender } from './sender.js'
import type { Simulated } from './simulate.js'

export interface DispatchOptions {
  readonly lanes: Lanes
  readonly relays: FanOut
  readonly journal: Pick<Journal, 'state'>
  readonly sender: Sender
  readonly heads: HeadUpdates
  readonly dryRun: DryRun
  readonly beside: Beside
  readonly misses: Pick<Misses, 'sent'>
  readonly metrics: Metrics
  readonly now: () => number
}

/** The last stretch of the hot path: signature, journal, sockets; and everything that can wait, behind them. */
export class Dispatch {
  constructor(private readonly options: DispatchOptions) {}

  /** Signs, journals and hands to the relays; a dry run records instead. `first`: the simulation that was waited for. */
  async send(
    opportunity: Opportunity,
    head: Head,
    prepared: Prepared,
    first: Simulated | null,
  ): Promise<Refusal | TrackedIntent> {
    const { lanes, metrics, sender, heads, misses, beside, dryRun: recorder, now } = this.options
    const { dryRun, submission } = lanes.options
    const exact = dryRun ? simulatedFigures(opportunity, first, prepared.fees, head) : opportunity
    const signed = this.sign(exact, head, prepared, first)
    if (signed === null) return refuse('lane-busy', 'this block has its attempt, or the chain moved on meanwhile')
    if ('code' in signed) return signed
    if (dryRun) return recorder.record(exact, signed)
    sender.send(signed, opportunity.behind)
    // sockets are written when the loop turns: whatever follows must not stand before that
    await turnOfLoop()
    sender.tell(signed)
    misses.sent(signed.attempt)
    if (heads.isNewest(head)) {
      const seconds = (now() - heads.receivedAtMs(head)) / 1000
      metrics.observe('send_seconds', seconds, { path: submission })
    }
    if (first === null) beside.run(opportunity, head, prepared, signed)
    metrics.count('attempts', { kind: signed.isNew ? 'new' : 'refresh' })
    return this.trackedOf(signed)
  }

  private sign(
    opportunity: Opportunity,
    head: Head,
    { placement, data, fees, limit }: Prepared,
    first: Simulated | null,
  ): SignedAttempt | Refusal | null {
    const { lanes, relays } = this.options
    const exact = first?.kind === 'done' ? lanes.terms.gasLimitOf(opportunity, first.gasUsed) : limit
    try {
      return placement.lane.sign(
        placement,
        opportunity,
        head,
        data,
        { limit: exact, fees },
        relays.namesFor(opportunity.behind),
      )
    } catch (error) {
      if (error instanceof KeeperError && error.code === 'journal-write') return refuse('lane-busy', error.message)
      throw error
    }
  }

  /** As the journal has it; a relay that could not be reached may have closed it in this very moment. */
  private trackedOf({ intent, attempt }: SignedAttempt): TrackedIntent {
    return this.options.journal.state.open.get(intent.id) ?? { intent, attempts: [attempt], outcome: null }
  }
}
