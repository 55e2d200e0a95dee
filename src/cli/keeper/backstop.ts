import type { Head } from '../../domain/chain.js'
import { maxOf } from '../../domain/maths.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal, type Refusal } from '../../domain/refusal.js'
import { messageOf } from '../../domain/errors.js'
import { dayOf } from '../../domain/utc-day.js'
import { feesUntil } from '../../execution/fees.js'
import type { Submitter } from '../../execution/submitter.js'
import { atLoss, completePosition } from '../../profit/complete.js'
import { combine } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import { reprice } from '../../profit/order.js'
import { usdText } from '../../risk/usd.js'
import type { LossBudget } from './loss-budget.js'
import type { Liquidatable, MarketWatch } from './market-watch.js'
import type { Quoted } from './quoting.js'
import { placeOf, Suspects } from './suspects.js'
import type { Due, Takeovers } from './takeovers.js'

export interface BackstopOptions {
  readonly submitter: Submitter
  readonly budget: LossBudget
  readonly takeovers: Takeovers
  readonly isNewest: (head: Head) => boolean
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What one block left over. */
export interface LeftOver {
  readonly found: readonly Liquidatable[]
  readonly watches: readonly MarketWatch[]
  readonly quoted: Pick<Quoted, 'book' | 'context'>
  /** Why what pays was not taken, and what does not pay. */
  readonly said: readonly PositionRefusal[]
  /** With it nothing is offered for positions in flight. */
  readonly objection: Refusal | null
}

/** Said of a position that nobody is paid for; others are the protocol's no, or wait for their turn. */
const UNPAID: readonly string[] = [
  ...['below-min-profit', 'fee-share', 'no-exit', 'no-route', 'no-liquidity', 'dust-rule'],
  ...['not-for-sale', 'no-collateral', 'paused'],
]
/** Positions that one block looks at. */
const MOST = 16

/**
 * Backstop mode's last step of a block, behind everything that pays: what does not pay is liquidated so that its debt is really
 * realised, as far as the day's budget of its market goes.
 *
 *   unpaid ──▶ market with a takeover (Comet): one call for several accounts
 *        └───▶ else: the largest legal liquidation whose gain at the pools is above zero
 *                          └──▶ loss ≤ what is left of the day? ──▶ submitter, as anything else
 */
export class Backstop {
  private readonly suspects = new Suspects()

  constructor(private readonly options: BackstopOptions) {}

  /** Takes what the budget allows, and returns why each of the others was not taken. Never rejects. */
  async at(left: LeftOver, head: Head): Promise<PositionRefusal[]> {
    const answers = new Map(left.said.map((refusal) => [placeOf(refusal), refusal]))
    this.suspects.keep(new Set(left.found.map(placeOf)))
    const unpaid = left.found
      .filter((one) => UNPAID.includes(answers.get(placeOf(one))?.code ?? ''))
      .sort((a, b) => (a.solvency.debtBase > b.solvency.debtBase ? -1 : 1))
      .slice(0, MOST)
    const awake = unpaid.filter((one) => {
      const rest = this.suspects.rest(placeOf(one), head.number)
      if (rest !== null) answers.set(placeOf(one), { ...rest, market: one.market, position: one.position })
      return rest === null
    })
    try {
      if (awake.length > 0) await this.take(left, awake, head, answers)
    } catch (error) {
      this.options.metrics.count('block_failures')
      this.options.logger.error('backstop', { block: head.number, problem: messageOf(error) })
    }
    return [...answers.values()]
  }

  private async take(
    left: LeftOver,
    unpaid: readonly Liquidatable[],
    head: Head,
    answers: Map<string, PositionRefusal>,
  ): Promise<void> {
    const context = atLoss(left.quoted.context)
    const watchOf = (market: string): MarketWatch | undefined => left.watches.find(({ id }) => id === market)
    const isTakenOver = ({ market }: Liquidatable): boolean => watchOf(market)?.source.strategy.takeover !== undefined
    const own = unpaid.filter((one) => !isTakenOver(one))
    for (const opportunity of this.completions(own, left.quoted, context)) {
      const refusal = await this.offer(opportunity, head, left.objection)
      settle(answers, opportunity, refusal)
    }
    for (const market of new Set(unpaid.filter(isTakenOver).map((one) => one.market))) {
      const watch = watchOf(market)
      const places = unpaid.filter((one) => one.market === market)
      if (watch !== undefined) await this.takeOver(watch, places, { head, context, left, answers })
    }
  }

  /** Each position alone, in the order of how much debt a lost dollar ends. */
  private completions(
    unpaid: readonly Liquidatable[],
    { book }: Pick<Quoted, 'book'>,
    context: ProfitContext,
  ): Opportunity[] {
    const found = unpaid.flatMap(({ market, position, choices }) => {
      const plans = choices.flatMap((choice) => ('at' in choice ? [choice] : []))
      const { opportunity } = combine([completePosition({ market, position, plans }, context, book)], context, book)
      const gas = opportunity === null ? null : this.options.submitter.measuredGas(opportunity)
      const exact = opportunity === null || gas === null ? opportunity : reprice(opportunity, gas, context)
      return exact === null || 'code' in exact ? [] : [exact]
    })
    return found.sort((a, b) => (realised(a) * lossOf(b) > realised(b) * lossOf(a) ? -1 : 1))
  }

  private async takeOver(
    watch: MarketWatch,
    places: readonly Liquidatable[],
    at: {
      readonly head: Head
      readonly context: ProfitContext
      readonly left: LeftOver
      readonly answers: Map<string, PositionRefusal>
    },
  ): Promise<void> {
    const { strategy, replica } = watch.source
    const { head, context, left, answers } = at
    if (strategy.takeover === undefined) return
    const view = replica.book.view(head.number, head.timestamp)
    const due: Due[] = []
    for (const { position } of places) {
      const debtBase = strategy.takeover.of(replica.state, position, view)
      if (typeof debtBase === 'bigint') due.push({ position, debtBase })
    }
    const alone = due.find(({ position }) =>
      this.suspects.isAlone(placeOf({ market: watch.id, position }), head.number),
    )
    const mayLose = (one: Opportunity): Refusal | null => this.overBudget(one, head)
    const together = { head, context, mayLose }
    const place = {
      market: watch.source.market,
      debt: strategy.takeover.debt(replica.state),
      takeover: strategy.takeover,
    }
    const some = alone === undefined ? due : [alone]
    const { opportunity, refusals } = await this.options.takeovers.choose(place, some, together)
    for (const [position, refusal] of refusals) {
      const place = { market: watch.id, position }
      answers.set(placeOf(place), { ...refusal, ...place })
      if (refusal.code === 'simulation-failed') this.suspects.failed({ legs: [place] }, head.number, refusal.detail)
    }
    if (opportunity !== null) settle(answers, opportunity, await this.offer(opportunity, head, left.objection))
  }

  /** Null when it is on its way. */
  private async offer(opportunity: Opportunity, head: Head, objection: Refusal | null): Promise<Refusal | null> {
    const { submitter, budget, isNewest, logger } = this.options
    // each of those before may have waited for a simulation
    if (!isNewest(head)) return refuse('stale-head', 'a newer block came while others were offered: offered there')
    if (objection !== null && submitter.holds(opportunity, head)) return objection
    const over = this.overBudget(opportunity, head)
    if (over !== null) return over
    const [market, loss] = [opportunity.legs[0]?.market ?? '', this.mostOf(opportunity, head)]
    const free = budget.hold(market, dayAt(head), loss)
    let answer: Refusal | null = null
    try {
      const offered = await submitter.offer(opportunity, head)
      answer = 'code' in offered ? offered : null
    } finally {
      // what a dry run would have spent stays spent: it is to show what a live one does
      if (answer?.code !== 'dry-run') free()
    }
    if (answer?.code === 'simulation-failed') this.suspects.failed(opportunity, head.number, answer.detail)
    if (answer === null)
      logger.info('at-loss', { market, positions: opportunity.legs.map(placeOf), lossUsd: usdText(loss) })
    return answer
  }

  /** Up to its deadline. */
  private mostOf(opportunity: Opportunity, head: Head): bigint {
    const { gas, bidWei, order } = opportunity
    const { maxFeePerGas } = feesUntil(head, bidWei / gas, order.deadlineBlock)
    return this.options.budget.mostUsd8(opportunity, maxFeePerGas)
  }

  private overBudget(opportunity: Opportunity, head: Head): Refusal | null {
    const loss = this.mostOf(opportunity, head)
    const places = new Set(opportunity.legs.map(placeOf))
    const left = this.options.budget.leftUsd8(opportunity.legs[0]?.market ?? '', dayAt(head), places)
    if (loss <= left) return null
    const why = `it could lose ${loss} (USD, 8 decimals), what is left of the day's budget is ${left}`
    return refuse('daily-loss', why, left.toString())
  }
}

function settle(answers: Map<string, PositionRefusal>, { legs }: Opportunity, refusal: Refusal | null): void {
  for (const { market, position } of legs) {
    const place = { market, position }
    if (refusal === null) answers.delete(placeOf(place))
    else answers.set(placeOf(place), { ...refusal, ...place })
  }
}

const dayAt = ({ timestamp }: Head): string => dayOf(Number(timestamp) * 1000)
const lossOf = ({ netUsd8 }: Opportunity): bigint => maxOf(0n, -netUsd8)
const realised = ({ legs }: Opportunity): bigint => legs.reduce((sum, { realisesBase = 0n }) => sum + realisesBase, 0n)
