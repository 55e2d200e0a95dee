import { hex } from '../../chain/wire.js'
import type { Address, Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import { maxOf } from '../../domain/maths.js'
import type { Market, PositionId, Token } from '../../domain/market.js'
import type { Opportunity } from '../../domain/opportunity.js'
import { refuse, type Refusal } from '../../domain/refusal.js'
import type { Takeover } from '../../domain/strategy.js'
import type { ChainAsk } from '../../execution/chain-facts.js'
import type { ProfitContext } from '../../profit/context.js'
import { takeoverOf, type TakeoverCall } from '../../profit/takeover.js'

/** Positions of one call: its estimate must come in time, and one that becomes healthy meanwhile fails all. */
const MOST_TOGETHER = 8
/** Whatever a node says, a transaction that does anything uses as much. */
const LEAST_GAS = 40_000n

export type Due = TakeoverCall['positions'][number]

export interface Place {
  readonly market: Market
  /** The token that is owed. */
  readonly debt: Token
  readonly takeover: Pick<Takeover, 'call'>
}

export interface TakeoversOptions {
  readonly ask: ChainAsk
  /** Who would call; nobody needs a right for it. */
  readonly from: Address
  /** Whom the protocol credits: the executor, by which events are known as ours. */
  readonly by: Address
}

export interface Chosen {
  readonly opportunity: Opportunity | null
  /** Those that the chain itself refuses now, or the budget. */
  readonly refusals: ReadonlyMap<PositionId, Refusal>
}

/** One market's positions that the protocol takes over in one call, each asked of the chain before they share it. */
export class Takeovers {
  constructor(private readonly options: TakeoversOptions) {}

  /**
   * As many of `due`, in their order, as the chain would take at `head` and `mayLose` lets pass: it answers with why not. The
   * replica's word is not enough: a single healthy account fails the whole call. Never rejects.
   */
  async choose(
    place: Place,
    due: readonly Due[],
    { head, context, mayLose }: { head: Head; context: ProfitContext; mayLose: (one: Opportunity) => Refusal | null },
  ): Promise<Chosen> {
    const refusals = new Map<PositionId, Refusal>()
    const asked = await Promise.all(
      due.slice(0, MOST_TOGETHER).map(async (one) => ({ one, made: await this.made(place, [one], head) })),
    )
    const standing = asked.flatMap(({ one, made }) => {
      if (!('code' in made)) return [one]
      refusals.set(one.position, made)
      return []
    })
    for (let count = standing.length; count > 0; count--) {
      const some = standing.slice(0, count)
      const made = await this.made(place, some, head)
      const opportunity = 'code' in made ? made : takeoverOf(made, context)
      const refusal = 'code' in opportunity ? opportunity : mayLose(opportunity)
      if (refusal === null) return { opportunity: opportunity as Opportunity, refusals }
      refusals.set(some.at(-1)?.position ?? '', refusal)
    }
    return { opportunity: null, refusals }
  }

  /** The call for these positions with its gas, or why the chain refuses it. */
  private async made(
    { market, debt, takeover }: Place,
    positions: readonly Due[],
    head: Head,
  ): Promise<TakeoverCall | Refusal> {
    const { ask, from, by } = this.options
    const call = takeover.call(
      market,
      positions.map(({ position }) => position),
      by,
    )
    try {
      const gas = await ask.request('eth_estimateGas', [{ from, ...call }, hex(head.number)], quantity)
      return { market: market.id, positions, debt, call, gas: maxOf(gas, LEAST_GAS) }
    } catch (error) {
      return refuse('simulation-failed', `the protocol would not take it over now: ${messageOf(error)}`)
    }
  }
}

function quantity(answer: unknown): bigint {
  if (typeof answer !== 'string' || !/^0x[0-9a-fA-F]{1,16}$/.test(answer)) throw new Error('not an amount of gas')
  return BigInt(answer)
}
