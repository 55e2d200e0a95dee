import type { Address } from '../domain/chain.js'
import { divCeil } from '../domain/maths.js'
import type { Step } from '../domain/steps.js'
import type { FlashSwapRoute, Route, RouteStep, SwapRoute } from './route.js'
import { shareOfPurchase, shareOfSale } from './split.js'
import type { Pool, Quote } from './venue.js'
import type { Walk, WalkRequest } from './walk.js'
import { WalkBalances } from './walk-balances.js'
import { above, atLeast, ownPart } from './walk-limits.js'
import { WalkTrades, type Traded } from './walk-trades.js'

const ONE = 10_000n

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
  private readonly balances: WalkBalances
  private readonly trades: WalkTrades
  private readonly owed: bigint[] = []
  private gas = 0n

  constructor(
    private readonly profitToken: Address,
    private readonly request: WalkRequest,
  ) {
    this.balances = new WalkBalances(profitToken, request.held)
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
      gross: this.balances.of(this.profitToken),
      gas: (this.gas * share) / ONE,
      steps,
      leaves: () => ({ book: this.trades.book, held: this.balances.held() }),
    }
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
    if (this.balances.of(batch.debt.address) < amounts.debtToCover) return null
    this.balances.add(batch.debt.address, -amounts.repay)
    this.balances.add(batch.collateral.address, amounts.seize)
    const positions = new Set(amounts.calls.map(({ plan }) => plan.position)).size
    const following = BigInt(positions - 1) * gas.followingBps
    this.gas += (gas.liquidation * (ONE + following)) / ONE + gas.again * BigInt(amounts.calls.length - positions)
    return encode ? amounts.calls.flatMap((call) => encode(call.plan, call.amounts)) : []
  }

  private swap({ pool, beside, tokenIn, tokenOut }: SwapRoute): Step[] | null {
    const whole = this.balances.of(tokenIn)
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
    this.balances.add(tokenIn, -quote.amountIn)
    this.balances.add(tokenOut, quote.amountOut)
    // `all` of the profit token would also sell what earlier legs have gained
    const fixed = !all || (tokenIn === this.profitToken && !this.request.first)
    const amount = fixed ? amountIn : ('all' as const)
    const via = at.via && { via: at.via }
    const ends = { pool: at.contract, ...via, tokenIn, tokenOut }
    const { held, limitBps } = this.request
    const minOut = atLeast(fixed ? quote : ownPart(quote, held.get(tokenIn) ?? 0n), limitBps)
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
    this.balances.add(tokenOut, quote.amountOut)
    this.trades.lock(at.contract)
    this.owed.push(quote.amountIn)
    const inner = body()
    this.owed.pop()
    this.trades.unlock(at.contract)
    if (inner === null || this.balances.of(tokenIn) < quote.amountIn) return null
    this.balances.add(tokenIn, -quote.amountIn)
    const { limitBps } = this.request
    const limits =
      amount === 'seized'
        ? ({ mode: 'exactIn', amount: fixed, limit: atLeast(quote, limitBps) } as const)
        : ({ mode: 'exactOut', amount: fixed, limit: above(quote.amountIn, limitBps) } as const)
    const via = at.via && { via: at.via }
    return this.emit({ kind: 'flashSwap', pool: at.contract, ...via, tokenIn, tokenOut, ...limits, body: inner })
  }

  private flashLoan(loan: Extract<RouteStep, { kind: 'flashLoan' }>): Step[] | null {
    const { lender, via, token, premiumBps, available } = loan
    const amount = this.request.amounts.debtToCover
    if (amount > available) return null
    this.gas += via === undefined ? this.request.gas.flashLoan : this.request.gas.freeLoan
    this.balances.add(token, amount)
    this.trades.lock(lender)
    const body = this.run(loan.body)
    this.trades.unlock(lender)
    // rounded up as Aave ≥ 3.4 does (FlashLoanLogic, percentMulCeil); older revisions ask a unit less at most
    const due = amount + divCeil(amount * premiumBps, ONE)
    if (body === null || this.balances.of(token) < due) return null
    this.balances.add(token, -due)
    return this.emit({ kind: 'flashLoan', lender, ...(via && { via }), token, amount, body })
  }

  private flashAmount(amount: FlashSwapRoute['amount']): bigint {
    if (amount === 'debt') return this.request.amounts.debtToCover
    return amount === 'seized' ? this.request.amounts.seize : above(this.owed.at(-1) ?? 0n, this.request.toleranceBps)
  }

  private trade(pool: Address, ask: (pool: Pool) => Quote | null): Traded | null {
    const traded = this.trades.trade(pool, ask)
    if (traded !== null) this.gas += this.request.gas.tickCrossing * BigInt(traded.quote.crossings)
    return traded
  }

  private emit(step: Step): Step[] {
    return this.request.encode ? [step] : []
  }
}
