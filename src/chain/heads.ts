import type { BlockRef, Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { Blocks } from './blocks.js'
import type { Canon, HeadChange } from './canon.js'
import type { Endpoint } from './endpoint.js'
import { EndpointChoice } from './endpoint-choice.js'
import { headAge, headAgeLimitMs, type HeadTimes, type Staleness } from './head-age.js'
import type { HeadQuorum } from './head-quorum.js'
import { HeadSubscription } from './head-subscription.js'
import { Pulse, pauseMsOf } from './pulse.js'
import type { RpcClient } from './rpc-client.js'

export interface HeadFollowerOptions {
  readonly chainId: number
  readonly blockTimeSeconds: number
  readonly logger: Logger
  readonly metrics: Metrics
  /** False on chains whose clock is not the world's: only the time since the last head counts. Default true. */
  readonly byTimestamp?: boolean
  /** Block times may lie in the future: a development chain. */
  readonly mayRunAhead?: boolean
  readonly ageLimitMs?: number
  /** Compares each head with the other endpoints, beside the work. */
  readonly quorum?: HeadQuorum
  readonly now?: () => number
}

/** A node may show an older head for a moment; after as many looks in a row its chain has really become shorter. */
const SHRUNK_LOOKS = 3

/**
 * Follows the head: by subscription where an endpoint offers it, by polling otherwise and beside it. Everything that
 * goes wrong is logged and tried again; `run` never throws.
 */
export class HeadFollower {
  private readonly blocks: Blocks
  private readonly pulse = new Pulse()
  private readonly subscription: HeadSubscription
  private readonly now: () => number
  private readonly limitMs: number
  private announced: Head | null = null
  private newest: HeadTimes | null = null
  private problem: string | null = null
  private silentSince: number | null = null
  private shrunkLooks = 0
  /** A change was begun and failed: what follows the chain may stand on blocks that are not in `canon`. */
  private halfWay = false
  private readonly choice: EndpointChoice

  constructor(
    private readonly rpc: RpcClient,
    private readonly options: HeadFollowerOptions,
  ) {
    this.blocks = new Blocks(rpc)
    this.choice = new EndpointChoice(rpc, this.blocks, options.logger)
    if (options.quorum)
      options.quorum.onOutvoted = ({ liars, better }) => {
        for (const liar of liars) liar.distrust(this.now())
        this.moveTo(better, null, 'most endpoints contradict the one before')
      }
    this.now = options.now ?? Date.now
    this.limitMs = options.ageLimitMs ?? headAgeLimitMs(options.chainId, options.blockTimeSeconds)
    this.subscription = new HeadSubscription(
      rpc,
      options.logger,
      (head) => {
        // only the newest announcement counts: what it skips is filled by parent hash
        if (!this.announced || head.number >= this.announced.number) this.announced = head
        this.silentSince = null
        this.pulse.beat()
      },
      () => {
        this.pulse.beat()
      },
    )
  }

  /** Where heads come from now, for people, and the endpoint's host. */
  get source(): { readonly by: 'subscription' | 'polling'; readonly endpoint: string | null } {
    const endpoint = this.subscription.endpoint
    return endpoint ? { by: 'subscription', endpoint: endpoint.label } : { by: 'polling', endpoint: this.rpc.current }
  }

  /** Whether the newest head is too old to act on, and why. */
  staleness(): Staleness {
    const { byTimestamp = true, mayRunAhead = false } = this.options
    const age = headAge(this.newest, this.now(), this.limitMs, byTimestamp, mayRunAhead)
    return age.reason !== null && this.problem !== null ? { ...age, reason: `${age.reason} (${this.problem})` } : age
  }

  /** When the newest head was first seen, before its logs were read; null for any other. */
  receivedAtMs(head: BlockRef): number | null {
    return this.newest?.number === head.number ? this.newest.receivedAtMs : null
  }

  /**
   * Calls `onChange` for every change of the chain, one at a time. When it throws, the same change, or a newer one that
   * starts at the same blocks, is offered again.
   */
  async run(canon: Canon, onChange: (change: HeadChange) => Promise<void>, signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        this.subscription.keep(this.now())
        const head = await this.look()
        await this.advance(canon, head, onChange)
        failures = 0
        this.problem = null
      } catch (error) {
        failures++
        this.problem = messageOf(error)
        this.options.metrics.count('head_faults')
        if (failures === 1 || failures % 20 === 0)
          this.options.logger.warn('heads', { problem: this.problem, failures })
      }
      await this.leaveStaleEndpoint()
      const announced = this.subscription.endpoint !== null && this.shrunkLooks === 0
      await this.pulse.next(pauseMsOf(this.options.blockTimeSeconds * 1000, failures, announced), signal)
    }
    this.subscription.end()
    this.options.quorum?.stop()
  }

  /** The announced head, or the latest block when nothing was announced: then the subscription may have fallen silent. */
  private async look(): Promise<Head> {
    const announced = this.announced
    this.announced = null
    if (announced) return this.note(announced)
    const polled = await this.blocks.latest()
    if (this.silentSince !== null) this.subscription.drop(`silent since block ${this.silentSince}`, this.now())
    // polling may beat the announcement by a moment: silence is two blocks in a row
    const behind = this.subscription.endpoint !== null && polled.number > (this.newest?.number ?? polled.number)
    this.silentSince = behind ? polled.number : null
    return this.note(polled)
  }

  private note(head: Head): Head {
    if (!this.newest || head.number > this.newest.number) {
      this.newest = { number: head.number, timestampMs: Number(head.timestamp) * 1000, receivedAtMs: this.now() }
      this.options.metrics.gauge('head_number', head.number)
    }
    return head
  }

  private async advance(canon: Canon, head: Head, onChange: (change: HeadChange) => Promise<void>): Promise<void> {
    const change =
      (await canon.changeTo(head, this.blocks)) ??
      (await this.shrunk(canon, head)) ??
      (this.halfWay && head.hash === canon.tip.hash ? canon.standStill() : null)
    if (!change) return
    if (change.removed.length > 0) {
      this.options.metrics.count('reorgs')
      const [newest] = change.removed
      this.options.logger.warn('reorg', { depth: change.removed.length, removed: newest?.hash, newHead: head.hash })
      // the same height anew is news too
      this.newest = { number: head.number, timestampMs: Number(head.timestamp) * 1000, receivedAtMs: this.now() }
    }
    this.options.quorum?.watch(head)
    this.halfWay = true
    await onChange(change)
    canon.accept(change)
    this.halfWay = false
  }

  /** Only development chains become shorter; elsewhere an older head is a lagging node and is left alone. */
  private async shrunk(canon: Canon, head: Head): Promise<HeadChange | null> {
    const tip = canon.tip
    this.shrunkLooks = head.number < tip.number ? this.shrunkLooks + 1 : 0
    if (this.shrunkLooks < SHRUNK_LOOKS || (await this.blocks.byHash(tip.hash)) !== null) return null
    this.shrunkLooks = 0
    return canon.shrinkTo(head.hash)
  }

  /** While stale: moves to the endpoint that is ahead. Later returns to the first. */
  private async leaveStaleEndpoint(): Promise<void> {
    const now = this.now()
    const { stale, ageMs, reason } = this.staleness()
    if (Number.isFinite(ageMs)) this.options.metrics.gauge('head_age_seconds', ageMs / 1000)
    await this.choice.returnToFirst(this.newest?.number ?? 0, now)
    const best = stale ? await this.choice.ahead(this.newest?.number ?? -1, this.limitMs, now) : null
    if (best) this.moveTo(best.endpoint, best.head, reason ?? 'its head is stale')
  }

  private moveTo(endpoint: Endpoint, head: Head | null, why: string): void {
    const now = this.now()
    this.choice.move(endpoint, why, now)
    if (this.subscription.endpoint !== endpoint) this.subscription.drop('another endpoint is preferred', now)
    this.announced = head
    this.pulse.beat()
  }
}
