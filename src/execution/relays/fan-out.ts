import { messageOf } from '../../domain/errors.js'
import type { Behind } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { takes, type Auction, type Bundle, type Relay, type RelayResult } from './relay.js'
import { Resting } from './resting.js'

export interface RelayAnswer {
  readonly relay: string
  readonly result: RelayResult
  readonly milliseconds: number
}

/** True when it is certain that this relay has seen nothing of the transaction. */
export const isUnsent = ({ result }: RelayAnswer): boolean => 'unsent' in result

type Ask = (relay: Relay, requestId: number) => Promise<RelayResult> | null

/** All relays at once: one relay's failure never delays or touches another. Counts `bundles` and `bundle_cancels` by relay and outcome. */
export class FanOut {
  private readonly resting = new Resting()
  private requests = 0

  constructor(
    readonly relays: readonly Relay[],
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly nowMs: () => number = Date.now,
  ) {}

  get names(): readonly string[] {
    return this.relays.map((relay) => relay.name)
  }

  /** True where some relay takes hints of this auction. */
  takesHints(auction: Auction): boolean {
    return this.relays.some(({ auctions = [] }) => auctions.includes(auction))
  }

  /** Names of the relays that see what must follow this. */
  namesFor(behind: Behind | undefined): readonly string[] {
    if (behind?.kind !== 'hint') return this.names
    return this.relays.filter(({ auctions = [] }) => auctions.includes(behind.auction)).map(({ name }) => name)
  }

  /**
   * Every bundle to every relay that may see it, the first one first: its bytes leave before the next one is signed. Never
   * rejects; the relays are asked side by side, each with its own connection and deadline.
   */
  async submit(...bundles: readonly Bundle[]): Promise<readonly RelayAnswer[]> {
    const answers: Promise<readonly RelayAnswer[]>[] = []
    for (const bundle of bundles) {
      if (answers.length > 0) await new Promise((resolve) => setImmediate(resolve))
      answers.push(this.all('submit', (relay, id) => (takes(relay, bundle) ? relay.submit(bundle, id) : null)))
    }
    return (await Promise.all(answers)).flat()
  }

  /** Asks every relay that can to forget the bundles of this uuid; best effort, the order's deadline is what really ends them. */
  cancel(replacementUuid: string): Promise<readonly RelayAnswer[]> {
    return this.all('cancel', (relay) => relay.cancel?.(replacementUuid) ?? null)
  }

  /** Opens connections that the next bundles will find; off the hot path. */
  warm(): void {
    for (const relay of this.relays) relay.warm?.()
  }

  private async all(what: 'submit' | 'cancel', ask: Ask): Promise<readonly RelayAnswer[]> {
    const id = ++this.requests
    const answers = await Promise.all(this.relays.map((relay) => this.one(what, relay, (one) => ask(one, id))))
    return answers.filter((answer) => answer !== null)
  }

  private async one(
    what: 'submit' | 'cancel',
    relay: Relay,
    ask: (relay: Relay) => Promise<RelayResult> | null,
  ): Promise<RelayAnswer | null> {
    const started = this.nowMs()
    const rest = what === 'submit' ? this.resting.rest(relay.name, started) : null
    let result: RelayResult
    try {
      const asked = rest === null ? ask(relay) : Promise.resolve(rest)
      if (asked === null) return null
      result = await asked
    } catch (error) {
      result = { kind: 'unknown', why: messageOf(error) }
    }
    if (rest === null) this.resting.heard(relay.name, result, this.nowMs(), started)
    return this.counted(what, relay, result, this.nowMs() - started)
  }

  private counted(what: string, relay: Relay, result: RelayResult, milliseconds: number): RelayAnswer {
    const labels = { relay: relay.name, outcome: result.kind }
    if (what === 'submit') this.metrics.count('bundles', labels)
    else this.metrics.count('bundle_cancels', labels)
    this.metrics.observe('relay_seconds', milliseconds / 1000, { relay: relay.name })
    const log = result.kind === 'accepted' ? this.logger.debug : this.logger.warn
    log.call(this.logger, 'relay', { what, relay: relay.name, milliseconds, ...result })
    return { relay: relay.name, result, milliseconds }
  }
}
