import type { Logger, Metrics } from '../../domain/ports.js'
import { messageOf } from '../../domain/errors.js'
import { FlashbotsRelay } from './flashbots-relay.js'
import { PrivateRpcRelay } from './private-rpc-relay.js'
import { parseEndpoint } from './endpoint.js'
import type { Bundle, Relay, RelayResult } from './relay.js'

export interface RelayAnswer {
  readonly relay: string
  readonly result: RelayResult
  readonly milliseconds: number
}

/** True when it is certain that this relay has seen nothing of the transaction. */
export const isUnsent = ({ result }: RelayAnswer): boolean => 'unsent' in result

/** Longest rest that a relay's own `Retry-After` can impose: one absurd header must not silence a relay for the day. */
const LONGEST_REST_MS = 60_000

/** All relays at once: one relay's failure never delays or touches another. Counts `bundles` and `bundle_cancels` by relay and outcome. */
export class FanOut {
  private readonly restUntilMs = new Map<string, number>()

  constructor(
    readonly relays: readonly Relay[],
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly nowMs: () => number = Date.now,
  ) {}

  get names(): readonly string[] {
    return this.relays.map((relay) => relay.name)
  }

  /** Never rejects; the relays are asked side by side, each with its own connection and deadline. */
  submit(bundle: Bundle): Promise<readonly RelayAnswer[]> {
    return this.all('submit', (relay) => relay.submit(bundle))
  }

  /** Asks every relay that can to forget the intent's bundles; best effort, the order's deadline is what really ends them. */
  cancel(replacementUuid: string): Promise<readonly RelayAnswer[]> {
    return this.all('cancel', (relay) => relay.cancel?.(replacementUuid) ?? null)
  }

  private async all(
    what: 'submit' | 'cancel',
    ask: (relay: Relay) => Promise<RelayResult> | null,
  ): Promise<readonly RelayAnswer[]> {
    const answers = await Promise.all(this.relays.map((relay) => this.one(what, relay, ask)))
    return answers.filter((answer) => answer !== null)
  }

  private async one(
    what: 'submit' | 'cancel',
    relay: Relay,
    ask: (relay: Relay) => Promise<RelayResult> | null,
  ): Promise<RelayAnswer | null> {
    const started = this.nowMs()
    const rest = (this.restUntilMs.get(relay.name) ?? 0) - started
    if (what === 'submit' && rest > 0) {
      return this.counted(what, relay, { kind: 'rateLimited', retryAfterMs: rest, unsent: true }, 0)
    }
    let result: RelayResult
    try {
      const asked = ask(relay)
      if (asked === null) return null
      result = await asked
    } catch (error) {
      result = { kind: 'unknown', why: messageOf(error) }
    }
    if (result.kind === 'rateLimited' && result.retryAfterMs !== undefined) {
      this.restUntilMs.set(relay.name, this.nowMs() + Math.min(result.retryAfterMs, LONGEST_REST_MS))
    }
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

export interface RelaySettings {
  readonly submission: 'bundle' | 'privateRpc' | 'sequencer'
  /** The private list; no other endpoint is ever contacted with a transaction. */
  readonly urls: readonly string[]
  /** The setting that an error names, `RELAY_URLS` or `MARKETS_FILE`. */
  readonly setting: string
  readonly chainId: number
  readonly authKey: string
  readonly deadlineMs?: number
}

/** Relays of the configured private endpoints. Throws `SettingsError` for a URL that is not https (or loopback). */
export function relaysOf(settings: RelaySettings): Relay[] {
  const deadlineMs = settings.deadlineMs ?? 1500
  const endpoints = settings.urls.map((url) => parseEndpoint(url, settings.setting))
  return endpoints.map((endpoint) =>
    settings.submission === 'bundle'
      ? new FlashbotsRelay({ endpoint, chainId: settings.chainId, authKey: settings.authKey, deadlineMs })
      : new PrivateRpcRelay(endpoint, deadlineMs),
  )
}
