import { Interface } from 'ethers'
import { CLIP_TAKER } from '../../abis/maker.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { MAX_UINT256, RAY, divCeil } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { CallStep } from '../../src/domain/steps.js'
import type { Amounts, Plan, PlanChoice } from '../../src/domain/plan.js'
import { type Sale, type TakeRefusal, type Taken, statusOf, take } from './clip.js'
import { coinOf, unitOf } from './opening.js'
import { type MakerState, saleId } from './state.js'

const TAKER_ABI = new Interface(CLIP_TAKER)

/** A purchase from a running auction knows our taker, the auction, and the price at which it was planned. */
export interface SalePlan extends Plan {
  readonly taker: Address
  readonly sale: bigint
  /** Ray; also the most that is paid: later the price is lower. */
  readonly price: bigint
}

/** What a purchase moves, and the amount (wad) that the call names. */
interface SaleAmounts extends Amounts {
  readonly amt: bigint
}

const REFUSALS: Readonly<Record<TakeRefusal, Refusal>> = {
  'stopped-incorrect': refuse('paused', 'the clip lets nobody take'),
  'needs-reset': refuse('inactive', 'the auction is past its time or its price: it must be started again first'),
  'too-expensive': refuse('no-price', 'the price is above what was planned'),
  'no-partial-purchase': refuse('dust-rule', 'what is left of the target is so little that all of it must be bought'),
}

/**
 * Buying from a running auction in a block of `at.timestamp`, through our taker, paid by the pool that buys the collateral. A
 * block that comes later only makes it cheaper: the same amount of collateral or more, for the same coins or fewer.
 */
export function salePlans(state: MakerState, id: bigint, sale: Sale, at: PriceView): PlanChoice[] {
  const { market, parameters, collateral } = state
  const tokens = { collateral, debt: coinOf(state) }
  const refused = (refusal: Refusal): PlanChoice[] => [{ refusal, ...tokens }]
  const taker = market.contracts['taker']
  if (taker === undefined) return refused(refuse('inactive', 'the market file names no taker for this clip'))
  if (!parameters.curveKnown)
    return refused(refuse('code-changed', `the price curve ${parameters.curve} is not one of the three known ones`))
  const { price } = statusOf(sale, parameters, at.timestamp)
  const buy = (amount: bigint): Taken | TakeRefusal => take(sale, parameters, at.timestamp, amount, MAX_UINT256)
  const whole = buy(sale.lot)
  if (typeof whole === 'string') return refused(REFUSALS[whole])
  const [maxRepay, unit] = [coinsFor(whole.owe), unitOf(state)]
  if (price === 0n || maxRepay === 0n) return refused(refuse('dust-rule', 'what is left costs nothing'))
  // the whole is named by the lot: at a lower price the same target buys more of it
  const amountFor = (repay: bigint): bigint => (repay >= maxRepay ? sale.lot : (repay * RAY) / price)
  const plan: SalePlan = {
    ...{ market: market.id, position: saleId(id), ...tokens, healthFactor: 0n, taker, sale: id, price },
    collateralPrice: at.price(collateral.address).value,
    debtPrice: at.price(tokens.debt.address).value,
    maxRepay,
    // of all auctions: what one sells is no other's, and each is bounded by its own lot
    availableCollateral: [...state.sales.values()].reduce((sum, { lot }) => sum + lot, 0n) / unit,
    at: (repay) => amountsOf(amountFor(repay), buy(amountFor(repay)), unit),
  }
  return [plan]
}

/** Whole coins that reach for `owe` rad, rounded up: that many are joined, what is too much comes back. */
const coinsFor = (owe: bigint): bigint => divCeil(owe, RAY)

function amountsOf(amt: bigint, taken: Taken | TakeRefusal, unit: bigint): SaleAmounts | Refusal {
  if (typeof taken === 'string') return REFUSALS[taken]
  const [repay, seize] = [coinsFor(taken.owe), taken.slice / unit]
  if (seize === 0n) return refuse('dust-rule', 'the amount is too small to buy anything', repay.toString())
  return { debtToCover: repay, repay, seize, protocolFee: 0n, deficitBase: 0n, amt }
}

/** One call of our taker, which keeps nothing. Throws `RangeError` for a foreign plan or amounts. */
export function encodeSale(plan: Plan, amounts: Amounts): CallStep[] {
  if (!('taker' in plan) || !('amt' in amounts)) throw new RangeError(`plan of ${plan.market} is not of this strategy`)
  const { taker, sale, price, debt } = plan as SalePlan
  const { amt, repay } = amounts as SaleAmounts
  const data = TAKER_ABI.encodeFunctionData('take', [sale, amt, price, repay]) as Hex
  return [{ kind: 'call', target: taker, data, approve: { token: debt.address, amount: repay }, mustReturn: null }]
}

/** The one function of our taker that an executor must be allowed. */
export const takerTargets = (taker: Address | undefined): { readonly target: Address; readonly selector: Hex }[] =>
  taker === undefined ? [] : [{ target: taker, selector: TAKER_ABI.getFunction('take')?.selector as Hex }]
