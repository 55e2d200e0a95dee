import type { Address } from '../domain/chain.js'
import { divCeil } from '../domain/maths.js'
import type { CallStep, Step } from '../domain/steps.js'
import type { Amounts, Plan } from '../domain/strategy.js'
import type { Batch, BatchAmounts } from './batch.js'
import type { GasModel } from './gas-model.js'
import type { PoolBook } from './pool-book.js'
import type { FlashSwapRoute, Route, RouteStep, SwapRoute } from './route.js'
import { shareOfPurchase, shareOfSale } from './split.js'
import type { Pool, Quote } from './venue.js'
import { WalkTrades, type Traded } from './walk-trades.js'

const ONE = 10_000n

export interface WalkRequest {
  readonly batch: Pick<Batch, 'collateral' | 'debt'>
  readonly amounts: BatchAmounts
  readonly book: PoolBook
  readonly held: ReadonlyMap<Address, bigint>
  /** False behind other legs of the same transaction. */
  readonly first: boolean
  /** What a flash swap takes beyond the quote of what it must bring, basis points. */
  readonly toleranceBps: number
  /**
   * How much worse than quoted a pool may serve, basis points: others sell into the same pool in the same block, and what the
   * whole transaction must gain is guarded by the order's minimum.
   */
  readonly limitBps: number
  readonly gas: GasModel
  /** Null while sizes are compared: the walk then leaves the steps out. */
  readonly encode: ((plan: Plan, amounts: Amounts) => readonly CallStep[]) | null
}

export interface Walk {
  /** Gain in the profit token, exactly as the executor will count it at this block. */
  readonly gross: bigint
  readonly gas: bigint
  readonly steps: readonly Step[]
  /** Worked out when asked for: most walks are only compared. */
  leaves(): Left
}

/** What a walk leaves behind. */
export interface Left {
  readonly book: PoolBook
  /** Other tokens left in the executor, swept to the payout address. */
  readonly held: ReadonlyMap<Address, bigint>
}

/**
 * Runs a route with amounts against the pools of the book, keeping the executor's balances as the contract will: exact to
 * the wei at the block of the book. Null where it would revert: a pool without the depth, or less coming in than is owed.
 * Pure.
 */
export function walkRoute(route: Route, request: WalkRequest): Walk | null {
  const walker = new Walker(route.profitToken, request)
  const steps = walker.run(route.steps)
  return steps && walker.result(steps)
}

class Walker {
  private readonly balances: Map<Address, bigint>
  private readonly trades: WalkTrades
  private readonly owed: bigint[] = []
  private gas = 0n

  constructor(
    private readonly profitToken: Address,
    private readonly request: WalkRequest,
  ) {
    this.balances = new Map(request.held)
    this.balances.set(profitToken, 0n)
    this.trades = new WalkTrades(request.book)
  }

  run(steps: readonly RouteStep[]): Step[] | null {
    const done: Step[] = []
    for (const step of steps) {
      const result = this.step(step)
      if (result === null) return null
      done.push(...result)
    }
    return done
  }

  result(steps: readonly Step[]): Walk {
    const { first, gas } = this.request
    const share = first ? ONE : gas.followingBps
    return {
      gross: this.balance(this.profitToken),
      gas: (this.gas * share) / ONE,
      steps,
      leaves: () => ({ book: this.trades.book, held: this.held() }),
    }
  }

  private held(): Map<Address, bigint> {
    return new Map([...this.balances].filter(([token, amount]) => amount > 0n && token !== this.profitToken))
  }

  private step(step: RouteStep): Step[] | null {
    switch (step.kind) {
      case 'liquidate':
        return this.liquidate()
      case 'swap':
        return this.swap(step)
      case 'flashSwap':
        return this.flashSwap(step)
      case 'flashLoan':
        return this.flashLoan(step)
    }
  }

  private liquidate(): Step[] | null {
    const { batch, amounts, encode, gas } = this.request
    if (this.balance(batch.debt.address) < amounts.debtToCover) return null
    this.add(batch.debt.address, -amounts.repay)
    this.add(batch.collateral.address, amounts.seize)
    const positions = new Set(amounts.calls.map(({ plan }) => plan.position)).size
    const following = BigInt(positions - 1) * gas.followingBps
    this.gas += (gas.liquidation * (ONE + following)) / ONE + gas.again * BigInt(amounts.calls.length - positions)
    return encode ? amounts.calls.flatMap((call) => encode(call.plan, call.amounts)) : []
  }

  private swap({ pool, beside, tokenIn, tokenOut }: SwapRoute): Step[] | null {
    const whole = this.balance(tokenIn)
    if (beside === undefined) return this.sell(pool, tokenIn, tokenOut, whole, true)
    const split = this.trades.split(pool, beside)
    const share = split && shareOfSale(split, tokenIn, whole)
    if (share === null) return null
    const first = this.sell(pool, tokenIn, tokenOut, share, false)
    const second = first && this.sell(beside, tokenIn, tokenOut, whole - share, true)
    return first && second && [...first, ...second]
  }

  /** `all`: whatever is there when it comes to it. */
  private sell(pool: Address, tokenIn: Address, tokenOut: Address, amountIn: bigint, all: boolean): Step[] | null {
    const traded = this.trade(pool, (p) => p.sell(tokenIn, amountIn))
    if (traded === null) return null
    const { quote, at } = traded
    this.gas += this.request.gas.swap
    this.add(tokenIn, -quote.amountIn)
    this.add(tokenOut, quote.amountOut)
    // `all` of the profit token would also sell what earlier legs have gained
    const fixed = !all || (tokenIn === this.profitToken && !this.request.first)
    const amount = fixed ? amountIn : ('all' as const)
    const via = at.via && { via: at.via }
    const ends = { pool: at.contract, ...via, tokenIn, tokenOut }
    const minOut = this.atLeast(fixed ? quote : this.ownPart(quote, tokenIn))
    return this.emit({ kind: 'swap', ...ends, amountIn: amount, minOut })
  }

  /** Two pools that share it are two flash swaps, one inside the other. */
  private flashSwap(step: FlashSwapRoute): Step[] | null {
    const { pool, beside, tokenIn, tokenOut, amount } = step
    const whole = this.flashAmount(amount)
    const inside = (): Step[] | null => this.run(step.body)
    if (beside === undefined) return this.flash(step, pool, whole, inside)
    const split = this.trades.split(pool, beside)
    if (split === null) return null
    const share = amount === 'seized' ? shareOfSale(split, tokenIn, whole) : shareOfPurchase(split, tokenOut, whole)
    if (share === null) return null
    return this.flash(step, pool, share, () => this.flash(step, beside, whole - share, inside))
  }

  private flash(
    { tokenIn, tokenOut, amount }: FlashSwapRoute,
    pool: Address,
    fixed: bigint,
    body: () => Step[] | null,
  ): Step[] | null {
    const traded = this.trade(pool, (p) => (amount === 'seized' ? p.sell(tokenIn, fixed) : p.buy(tokenOut, fixed)))
    if (!traded?.at.lends) return null
    const { quote, at } = traded
    this.gas += this.request.gas.flashSwap
    this.add(tokenOut, quote.amountOut)
    this.trades.lock(at.contract)
    this.owed.push(quote.amountIn)
    const inner = body()
    this.owed.pop()
    this.trades.unlock(at.contract)
    if (inner === null || this.balance(tokenIn) < quote.amountIn) return null
    this.add(tokenIn, -quote.amountIn)
    const limits =
      amount === 'seized'
        ? ({ mode: 'exactIn', amount: fixed, limit: this.atLeast(quote) } as const)
        : ({ mode: 'exactOut', amount: fixed, limit: this.atMost(quote) } as const)
    const via = at.via && { via: at.via }
    return this.emit({ kind: 'flashSwap', pool: at.contract, ...via, tokenIn, tokenOut, ...limits, body: inner })
  }

  private flashLoan(loan: Extract<RouteStep, { kind: 'flashLoan' }>): Step[] | null {
    const { lender, via, token, premiumBps, available } = loan
    const amount = this.request.amounts.debtToCover
    if (amount > available) return null
    this.gas += via === undefined ? this.request.gas.flashLoan : this.request.gas.freeLoan
    this.add(token, amount)
    this.trades.lock(lender)
    const body = this.run(loan.body)
    this.trades.unlock(lender)
    // rounded up as Aave ≥ 3.4 does (FlashLoanLogic, percentMulCeil); older revisions ask a unit less at most
    const due = amount + divCeil(amount * premiumBps, ONE)
    if (body === null || this.balance(token) < due) return null
    this.add(token, -due)
    return this.emit({ kind: 'flashLoan', lender, ...(via && { via }), token, amount, body })
  }

  private flashAmount(amount: FlashSwapRoute['amount']): bigint {
    if (amount === 'debt') return this.request.amounts.debtToCover
    return amount === 'seized' ? this.request.amounts.seize : this.padded(this.owed.at(-1) ?? 0n)
  }

  private trade(pool: Address, ask: (pool: Pool) => Quote | null): Traded | null {
    const traded = this.trades.trade(pool, ask)
    if (traded !== null) this.gas += this.request.gas.tickCrossing * BigInt(traded.quote.crossings)
    return traded
  }

  private emit(step: Step): Step[] {
    return this.request.encode ? [step] : []
  }

  /**
   * Of a sale that also sells what earlier legs have left: what it brings at least where those have failed and left nothing.
   * A smaller sale has the better price, so its part of the proceeds, rounded down, is a lower bound.
   */
  private ownPart(quote: Quote, tokenIn: Address): Pick<Quote, 'amountOut'> {
    const left = this.request.held.get(tokenIn) ?? 0n
    if (left === 0n || quote.amountIn === 0n) return quote
    const own = quote.amountIn > left ? quote.amountIn - left : 0n
    return { amountOut: (quote.amountOut * own) / quote.amountIn }
  }

  /** The limit below the quote, rounded down, never nothing. */
  private atLeast({ amountOut }: Pick<Quote, 'amountOut'>): bigint {
    const least = (amountOut * (ONE - BigInt(this.request.limitBps))) / ONE
    return least > 0n ? least : 1n
  }

  /** The same above the quote, rounded up. */
  private atMost({ amountIn }: Quote): bigint {
    return divCeil(amountIn * (ONE + BigInt(this.request.limitBps)), ONE)
  }

  /** The tolerance above the amount, rounded up. */
  private padded(amount: bigint): bigint {
    return divCeil(amount * (ONE + BigInt(this.request.toleranceBps)), ONE)
  }

  private balance(token: Address): bigint {
    return this.balances.get(token) ?? 0n
  }

  private add(token: Address, amount: bigint): void {
    this.balances.set(token, this.balance(token) + amount)
  }
}
