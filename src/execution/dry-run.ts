import type { Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger } from '../domain/ports.js'
import type { Refusal } from '../domain/refusal.js'
import { refuse } from '../domain/refusal.js'
import type { Fees } from './fees.js'
import { nextBaseFee } from '../domain/base-fee.js'
import type { IntentBook } from './intent-book.js'
import type { SignedAttempt } from './lane.js'
import { positionsOf } from './records.js'
import type { Simulated } from './simulate.js'

/** The figures of a dry run by simulation where there was one, else as the profit room computed them. */
export function simulatedFigures(
  opportunity: Opportunity,
  result: Simulated | null,
  fees: Fees,
  head: Head,
): Opportunity {
  if (result?.kind !== 'done' || result.gross === null || result.bid === null) return opportunity
  const gas = result.gasUsed ?? opportunity.gas
  const gasCostWei = gas * (nextBaseFee(head) + fees.maxPriorityFeePerGas)
  const { gross: grossWei, bid: bidWei } = result
  const netWei = grossWei - bidWei - gasCostWei
  // at the price of the native token that the opportunity was valued with
  const netUsd8 = opportunity.netWei > 0n ? (opportunity.netUsd8 * netWei) / opportunity.netWei : opportunity.netUsd8
  return { ...opportunity, grossWei, bidWei, gas, gasCostWei, netWei, netUsd8 }
}

/** The last step of a dry run: books what it would have earned, once per position, in place of sending. */
export class DryRun {
  private readonly done = new Set<string>()

  constructor(
    private readonly book: IntentBook,
    private readonly logger: Logger,
    private readonly nowMs: () => number,
  ) {}

  /** `market/position` already counted: nothing was sent, so they stay liquidatable and must not be counted again. */
  get counted(): ReadonlySet<string> {
    return this.done
  }

  isCounted(opportunity: Opportunity): boolean {
    return positionsOf(opportunity.legs).some((place) => this.done.has(place))
  }

  refusal(opportunity: Opportunity): Refusal {
    return refuse('dry-run', `would have earned ${opportunity.netWei} wei`, opportunity.netWei.toString())
  }

  record(opportunity: Opportunity, { intent, attempt }: SignedAttempt): Refusal {
    const refusal = this.refusal(opportunity)
    const places = positionsOf(opportunity.legs)
    for (const place of places) this.done.add(place)
    try {
      this.book.attempted(intent, attempt)
      const outcome = { kind: 'refused' as const, refusal }
      this.book.outcome({ intentId: intent.id, outcome, transactionHash: null, closed: true, atMs: this.nowMs() })
    } catch (error) {
      this.logger.error('ledger', { error: messageOf(error) })
    }
    this.logger.info('dry-run', { positions: places, wouldEarnWei: opportunity.netWei })
    return refusal
  }
}
