import type { Head } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Journal } from './journal.js'
import type { SignedAttempt } from './lane.js'
import type { Prepared } from './preparation.js'
import type { ReputationBudget } from './reputation-budget.js'
import type { Sender } from './sender.js'
import { overGas } from './simulation-memory.js'
import type { Simulations } from './simulations.js'

export interface BesideOptions {
  readonly simulations: Simulations
  readonly sender: Sender
  readonly budget: ReputationBudget
  readonly journal: Pick<Journal, 'state'>
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * With bundles a failing transaction costs no gas but reputation, so the exact call is simulated right after it was sent, not
 * before. What fails is cancelled and counted; when too many failed, only what passed a simulation before may leave.
 */
export class Beside {
  constructor(private readonly options: BesideOptions) {}

  /** The refusal of a call that no simulation has passed, once too many bundles have failed; null otherwise. */
  unprepared(opportunity: Opportunity, head: Head): Refusal | null {
    const { budget, simulations } = this.options
    if (!simulations.possible || !budget.isExhausted || simulations.memory.isPrepared(opportunity, head)) return null
    const detail = `${budget.limit} bundles failed after they were sent within an hour (RELAY_FAILURE_BUDGET): nothing leaves unsimulated`
    return refuse('not-simulated', detail, String(budget.limit))
  }

  /** Simulates what is on its way. Nobody waits for it. */
  run(opportunity: Opportunity, head: Head, prepared: Prepared, signed: SignedAttempt): void {
    const { simulations, sender } = this.options
    if (!simulations.possible) return
    const running = simulations.run(opportunity, head, prepared, signed.raw)
    sender.track(
      running.then((result) => {
        simulations.memory.keep(opportunity, head, result)
        const over = overGas(opportunity, result)
        if (over !== null) this.failed(signed, over, 'gas')
        else if (result.kind === 'reverted') this.failed(signed, result.reason, result.kind)
        else if (result.kind === 'healthy') this.failed(signed, 'the position is healthy', result.kind)
      }),
    )
  }

  private failed({ intent, attempt }: SignedAttempt, reason: string, outcome: string): void {
    const { budget, sender, journal, logger, metrics } = this.options
    budget.spend()
    metrics.count('bundles_failed', { outcome })
    logger.warn('bundle-failed', { intent: intent.id, transaction: attempt.transactionHash, reason })
    const tracked = journal.state.open.get(intent.id)
    if (tracked !== undefined) sender.cancelAttempt(tracked, attempt)
  }
}
