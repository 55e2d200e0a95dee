import type { Address } from '../domain/chain.js'
import type { Leg } from '../domain/opportunity.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Batch, BatchAmounts } from './batch.js'
import { addedNetOf, bidFor, bidFloorOf, gasCostOf, worthOf } from './bid.js'
import { reserveKey, type MarketDesk, type ProfitContext, type Situation } from './context.js'
import { describeRoute } from './describe-route.js'
import { exitShortfallBps } from './exit-price.js'
import { isAmounts, type SizeRule } from './legal-sizes.js'
import { partsOf } from './parts.js'
import type { Route } from './route.js'
import type { Tried, TrySize } from './search-size.js'
import type { Walk } from './walk.js'
import { walkRoute } from './walk-route.js'

/** One exit with the liquidations that share it, and what combining needs to know of it. */
export interface QuotedLeg {
  readonly batch: Batch
  readonly amounts: BatchAmounts
  readonly profitToken: Address
  /** Gain in the profit token. */
  readonly gross: bigint
  readonly grossWei: bigint
  readonly gas: bigint
  /** Alone in its transaction: gross − gas − bid. */
  readonly netWei: bigint
  /** By what it is compared with others, see `worthOf`. */
  readonly worth: bigint
  readonly way: Route
  /** One for each liquidation; the steps of all are those of the first. */
  readonly parts: readonly Leg[]
  /** Where it was quoted, and what it leaves. */
  readonly before: Situation
  readonly after: Situation
}

export interface Choice extends Tried {
  readonly route: Route
  readonly score: Score
}

/** Worth of a choice: `tier` 2 pays the full bid, 1 a lowered one, 0 is refused; then wei. */
export interface Score {
  readonly tier: 0 | 1 | 2
  readonly wei: bigint
  readonly refusal: Refusal | null
}

export const compare = (a: Score, b: Score): number =>
  a.tier !== b.tier ? a.tier - b.tier : a.wei === b.wei ? 0 : a.wei > b.wei ? 1 : -1

export const greatest = (choices: readonly (Choice | null)[]): Choice | null =>
  choices.reduce((best, c) => (c !== null && (best === null || compare(c.score, best.score) > 0) ? c : best), null)

/** Tries sizes on routes; what one size means for the market is computed once. */
export class Trial {
  private readonly minProfitWei: bigint

  constructor(
    private readonly batch: Batch,
    private readonly rule: SizeRule,
    private readonly desk: MarketDesk,
    private readonly context: ProfitContext,
    private readonly situation: Situation,
  ) {
    this.minProfitWei = desk.valuation.weiOfUsd8(context.settings.minProfitUsd8)
    const known = new Map<bigint, ReturnType<SizeRule>>()
    this.rule = (repay) => {
      const answer = known.get(repay) ?? rule(repay)
      known.set(repay, answer)
      return answer
    }
  }

  on(route: Route): TrySize {
    const tried = new Map<bigint, Tried | null>()
    return (repay) => {
      const known = tried.get(repay)
      if (known !== undefined) return known
      const walk = this.walk(route, repay, false)
      const result = walk && walk.gross > 0n ? { repay, gross: walk.gross, gas: walk.gas } : null
      tried.set(repay, result)
      return result
    }
  }

  bestOf(route: Route, tried: readonly Tried[]): Choice | null {
    return greatest(tried.flatMap((t) => ({ ...t, route, score: this.score(route, t) })))
  }

  /** False when so much gas is less than a five-thousandth of the gain: no size is worth looking for it. */
  gasMatters(route: Route, gas: bigint, { gross }: Tried): boolean {
    if (this.context.settings.contest === 'perGas') return gas > 0n
    return gas > 0n && gasCostOf(gas, this.context) * 5_000n >= this.wei(route, gross)
  }

  /** The chosen leg in full. */
  leg({ route, repay, gross, gas, score }: Choice): QuotedLeg {
    const { batch, context, situation } = this
    const walk = this.walk(route, repay, true)
    const amounts = this.rule(repay)
    if (walk === null || !isAmounts(amounts)) throw new Error('a size that was tried cannot fail')
    const grossWei = this.wei(route, gross)
    const bid = bidFor(grossWei, this.gas(gas), this.minProfitWei, this.inNative(route), context)
    const whole = {
      steps: walk.steps,
      route: describeRoute(route, batch, situation.book, context.chain.wrappedNative),
      exitShortfallBps: exitShortfallBps(batch, amounts, this.desk.valuation.base(route.profitToken, gross)),
    }
    return {
      ...{ batch, amounts, gross, grossWei, gas },
      profitToken: route.profitToken,
      netWei: 'netWei' in bid ? bid.netWei : 0n,
      worth: this.countsWithOthers ? score.wei : 'netWei' in bid ? worthOf(bid, this.gas(gas), context) : 0n,
      way: route,
      parts: partsOf(amounts, whole, gross, gas),
      before: situation,
      after: situationAfter(situation, batch, amounts, walk),
    }
  }

  private walk(route: Route, repay: bigint, full: boolean): Walk | null {
    const amounts = this.rule(repay)
    if (!isAmounts(amounts)) return null
    const { batch, desk, context, situation } = this
    return walkRoute(route, {
      batch,
      amounts,
      book: situation.book,
      held: situation.held,
      first: situation.first,
      toleranceBps: context.settings.toleranceBps,
      limitBps: context.settings.limitBps,
      gas: context.gas,
      encode: full ? (p, a) => desk.encode(p, a) : null,
    })
  }

  private score(route: Route, { gross, gas }: Tried): Score {
    const wei = this.wei(route, gross)
    if (this.countsWithOthers) return this.added(wei, gas, this.inNative(route))
    const whole = this.gas(gas)
    const bid = bidFor(wei, whole, this.minProfitWei, this.inNative(route), this.context)
    if ('netWei' in bid && this.context.settings.contest !== null)
      return { tier: 2, wei: worthOf(bid, whole, this.context), refusal: null }
    if ('netWei' in bid && !bid.capped) return { tier: 2, wei: bid.netWei, refusal: null }
    const beforeBid = wei - gasCostOf(whole, this.context)
    if ('netWei' in bid) return { tier: 1, wei: beforeBid, refusal: null }
    return { tier: 0, wei: beforeBid - bidFloorOf(whole, this.context), refusal: bid }
  }

  // in a contest what all of them bid per gas decides, which no leg has alone
  private get countsWithOthers(): boolean {
    return this.situation.withOthers === true && this.context.settings.contest === null
  }

  private added(grossWei: bigint, gas: bigint, inNative: boolean): Score {
    const wei = addedNetOf(grossWei, gas, inNative, this.context)
    // what only costs can still open more behind it, where it makes the next legs cheaper as well
    if (wei > 0n || this.situation.first) return { tier: 2, wei, refusal: null }
    return {
      tier: 0,
      wei,
      refusal: refuse('below-min-profit', `adds ${wei} wei to the legs before it`, wei.toString()),
    }
  }

  private gas(leg: bigint): bigint {
    return this.situation.first ? leg + this.context.gas.transaction : leg
  }

  private wei(route: Route, gross: bigint): bigint {
    return this.desk.valuation.wei(route.profitToken, gross) ?? 0n
  }

  private inNative(route: Route): boolean {
    return route.profitToken === this.context.chain.wrappedNative
  }
}

/** What the leg leaves for those behind it. */
function situationAfter(before: Situation, batch: Batch, amounts: BatchAmounts, walk: Walk): Situation {
  const move = (map: ReadonlyMap<string, bigint>): Map<string, bigint> => {
    const moved = new Map(map)
    const add = (token: Address, amount: bigint): void => {
      const key = reserveKey(batch.market, token)
      moved.set(key, (moved.get(key) ?? 0n) + amount)
    }
    const brought = amounts.calls.reduce((sum, { plan }) => sum + (plan.brings ?? 0n), 0n)
    add(batch.collateral.address, amounts.seize - brought)
    const lowered = amounts.calls.reduce((sum, { plan }) => sum + (plan.reserveRoom?.lowers ?? 0n), 0n)
    add(batch.debt.address, lowered - amounts.repay)
    return moved
  }
  return { ...walk.leaves(), taken: move(before.taken), known: move(before.known), first: false }
}
