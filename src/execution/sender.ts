import type { Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Behind } from '../domain/opportunity.js'
import type { Logger } from '../domain/ports.js'
import { bundlesOf, replacementUuidsOf, replacementUuidsOfAttempt } from './bundles.js'
import type { IntentBook } from './intent-book.js'
import type { SignedAttempt } from './lane.js'
import type { AttemptRecord, TrackedIntent } from './records.js'
import { positionsOf } from './records.js'
import type { FanOut } from './relays/fan-out.js'
import { isUnsent } from './relays/fan-out.js'

/** Attempts that are remembered as never sent, and intents as cancelled. */
const MOST_REMEMBERED = 1_024

/** Hands signed attempts to the relays and their answers to the ledger; nobody waits for either, except at the stop. */
export class Sender {
  private readonly running = new Set<Promise<void>>()
  private readonly cancelled = new Set<string>()
  private readonly unsent = new Set<Hex>()

  constructor(
    readonly relays: FanOut,
    private readonly book: IntentBook,
    private readonly logger: Logger,
    /** Called when not one relay has seen an attempt of this intent. */
    private readonly onUnsent: (intentId: string) => void,
  ) {}

  /** True when it is certain that no transaction of the intent ever left this process; false for those of an earlier one. */
  neverLeft({ attempts }: TrackedIntent): boolean {
    return attempts.every(({ transactionHash }) => this.unsent.has(transactionHash))
  }

  /**
   * The first bundle is handed to the sockets before this returns, the others in the turns after it. The attempt must be in the journal by now. `behind`: what its
   * transaction must follow.
   */
  send(signed: SignedAttempt, behind: Behind | undefined): void {
    const { intent, attempt } = signed
    const sent = this.relays.submit(...bundlesOf(signed, behind))
    this.track(
      sent.then((answers) => {
        this.book.attempted(intent, attempt)
        this.book.answered(attempt.transactionHash, answers)
        if (!answers.every(isUnsent)) return
        // forgetting one only means that its deadline is waited for
        if (this.unsent.size >= MOST_REMEMBERED) this.unsent.clear()
        this.unsent.add(attempt.transactionHash)
        this.onUnsent(intent.id)
      }),
    )
  }

  /** Tells the log what was sent; not before the bytes are on their way. */
  tell({ intent, attempt }: SignedAttempt): void {
    this.logger.info('bundle', {
      intent: intent.id,
      nonce: intent.nonce,
      block: attempt.targetBlock,
      transaction: attempt.transactionHash,
      positions: positionsOf(attempt.opportunity.legs),
      expectedWei: attempt.opportunity.netWei,
      ...(attempt.behind === undefined ? {} : { behind: attempt.behind }),
    })
  }

  /** Asks the relays to forget every bundle of these intents, once per attempt that is out. */
  cancel(intents: readonly TrackedIntent[]): void {
    for (const tracked of intents) {
      const { intent, attempts } = tracked
      const key = `${intent.id} ${attempts.length}`
      if (this.cancelled.has(key)) continue
      if (this.cancelled.size >= MOST_REMEMBERED) this.cancelled.clear()
      this.cancelled.add(key)
      this.forget(intent.id, replacementUuidsOf(tracked))
    }
  }

  /** Asks the relays to forget one attempt, unless a newer one has taken its place there. */
  cancelAttempt({ intent, attempts }: TrackedIntent, attempt: AttemptRecord): void {
    const same = attempts.filter(({ behind }) => behind?.id === attempt.behind?.id)
    if (same.at(-1)?.transactionHash !== attempt.transactionHash) return
    this.forget(intent.id, replacementUuidsOfAttempt(intent, attempt))
  }

  private forget(intent: string, uuids: readonly string[]): void {
    for (const uuid of uuids) {
      this.track(
        this.relays.cancel(uuid).then((answers) => {
          this.logger.warn('cancelled', { intent, answers })
        }),
      )
    }
  }

  /** Keeps background work until it ends; a failure of the ledger is logged, the journal has the facts. */
  track(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        this.logger.error('background', { error: messageOf(error) })
      })
      .finally(() => this.running.delete(done))
    this.running.add(done)
  }

  /** Resolves when everything that was running has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.running)
  }
}
