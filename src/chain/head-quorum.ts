import { setTimeout as sleep } from 'node:timers/promises'
import type { Head, Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { Blocks } from './blocks.js'
import type { Endpoint } from './endpoint.js'
import { judge, type Dispute, type Verdict, type Vote } from './quorum-vote.js'
import type { RpcClient } from './rpc-client.js'

export interface QuorumOptions {
  readonly rpc: RpcClient
  /** Endpoints that must agree on a head; 0: more than half of those that vote. 1 switches the check off. */
  readonly needed: number
  /** After this long without the block an endpoint lags and has no vote. */
  readonly lagMs: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now?: () => number
}

interface Poll {
  readonly head: Head
  readonly votes: Map<Endpoint, Vote>
  verdict: Verdict
  /** Somebody was refused because it was not known yet. */
  refused: boolean
  /** Most were found to have another block. */
  left: boolean
}

/** Endpoints that most contradict, and one of those. */
export interface Outvoted {
  readonly liars: readonly Endpoint[]
  readonly better: Endpoint
}

const VOTE_MS = 1_500
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 800
const KEPT_POLLS = 64

/**
 * Asks the other endpoints, beside the work, whether they have the same block at a head's height. Nobody waits for it:
 * whoever wants to act asks for `objection` and leaves it be while there is one. Never throws.
 */
export class HeadQuorum {
  /** A head was agreed on after somebody had been refused for want of votes: look at it again. */
  onAgreed: (head: Head) => void = () => undefined
  /** Most endpoints have another block than the one in use. */
  onOutvoted: (found: Outvoted) => void = () => undefined
  private readonly polls = new Map<Hex, Poll>()
  private newest: Poll | null = null
  private readonly blocks: Blocks
  private readonly now: () => number

  constructor(private readonly options: QuorumOptions) {
    this.blocks = new Blocks(options.rpc)
    this.now = options.now ?? Date.now
  }

  /** Why nothing may be sent on this head; null when enough endpoints agree on it, or there is but one. */
  objection(hash: Hex): string | null {
    if (!this.isOn) return null
    const poll = this.polls.get(hash)
    if (poll === undefined) return 'its hash was not compared with other endpoints'
    if (poll.verdict.is === 'agreed') return null
    poll.refused = true
    return poll.verdict.is === 'asking' ? 'no other endpoint has confirmed its hash yet' : poll.verdict.why
  }

  /** The dispute about the newest head, one sentence, or null. */
  get note(): string | null {
    const { newest } = this
    if (newest?.verdict.is !== 'disputed') return null
    return `endpoints disagree on block ${newest.head.number}: ${newest.verdict.why}`
  }

  /** A new head; whoever gave it is asked like the others. Returns at once. */
  watch(head: Head): void {
    if (!this.isOn) return
    const now = this.now()
    const known = this.polls.get(head.hash)
    const voters = this.options.rpc.endpoints.filter((one) => !one.wrongChain && !one.restsAt(now))
    const votes = new Map(voters.map((one): [Endpoint, Vote] => [one, 'asking']))
    const poll: Poll = known ?? { head, votes, refused: false, left: false, verdict: { is: 'asking' } }
    this.newest = poll
    if (known) return
    this.polls.set(head.hash, poll)
    for (const old of [...this.polls.keys()].slice(0, -KEPT_POLLS)) this.polls.delete(old)
    for (const endpoint of voters) void this.ask(poll, endpoint)
  }

  /** Nobody is asked any more. */
  stop(): void {
    this.newest = null
  }

  private get isOn(): boolean {
    return this.options.rpc.endpoints.length > 1 && this.options.needed !== 1
  }

  private async ask(poll: Poll, endpoint: Endpoint): Promise<void> {
    const { number, hash } = poll.head
    const until = this.now() + this.options.lagMs
    const say = (vote: Vote): void => {
      poll.votes.set(endpoint, vote)
      this.settle(poll)
    }
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        const block = await this.blocks.byNumber(number, { only: endpoint, deadlineMs: VOTE_MS })
        if (block !== null) say(block.hash)
        // one that has another block may be in the middle of a reorg: asked again, unless a newer head has come
        const late = this.now() >= until || this.newest !== poll
        if (block === null && late) say('behind')
        if (block?.hash === hash || this.newest !== poll || (late && poll.verdict.is !== 'disputed')) return
        await sleep(pause, undefined, { ref: false })
      }
    } catch (error) {
      this.options.logger.debug('quorum', { endpoint: endpoint.label, block: number, problem: messageOf(error) })
      say('unreachable')
    }
  }

  private settle(poll: Poll): void {
    const before = poll.verdict.is
    const { head, votes } = poll
    const verdict = judge(head.hash, [...votes.values()], this.options.needed)
    poll.verdict = verdict
    const { metrics } = this.options
    if (poll === this.newest) metrics.gauge('head_disputed', verdict.is === 'disputed' ? 1 : 0)
    const found = verdict.is === 'disputed' && verdict.winner !== null && !poll.left
    if (verdict.is === before && !found) return
    poll.left ||= found
    metrics.count('head_votes', { outcome: verdict.is })
    if (verdict.is === 'agreed' && poll.refused && poll === this.newest) this.onAgreed(head)
    if (verdict.is === 'disputed') this.report(poll, verdict)
  }

  private report({ head, votes }: Poll, { why, winner }: Dispute): void {
    const holders = (hash: Hex | null): Endpoint[] => [...votes].flatMap(([one, vote]) => (vote === hash ? [one] : []))
    const [better] = holders(winner)
    const liars = holders(head.hash)
    const from = liars.map(({ label }) => label).join(', ')
    const line = { block: head.number, hash: head.hash, from, problem: why }
    if (better === undefined) {
      this.options.logger.warn('head-disputed', { ...line, next: 'nothing is sent until they agree' })
      return
    }
    this.options.logger.error('head-disputed', { ...line, next: `${better.label} is asked from now on` })
    this.onOutvoted({ liars, better })
  }
}
