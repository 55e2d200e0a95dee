import type { Terms } from '../../src/auctions/venue.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { refuse, type Refusal } from '../../src/domain/refusal.js'
import type { CallStep, ExpectStep } from '../../src/domain/steps.js'
import type { Amounts, Plan } from '../../src/domain/plan.js'
import { COLLATERAL_HOUSE, JOIN, SAFE_ENGINE, callOf } from './calls.js'
import type { GebCollateralAuction } from './collateral-auctions.js'
import { contractOf } from './contracts.js'

/** A purchase from a collateral auction as a plan: coins are repaid, collateral is seized. */
export interface GebPurchase extends Plan {
  readonly auction: GebCollateralAuction
  /** Everything that is left of the auction. */
  readonly whole: Terms
  readonly safeEngine: Address
  readonly coinJoin: Address
}

type Quote = (auction: GebCollateralAuction, t: bigint, cap?: bigint) => Terms | null

/** USD with 8 decimals out of a wad and a ray, rounded down; the coin counts at its redemption price. */
const WAD_TO_BASE = 10n ** 10n
const RAY_TO_BASE = 10n ** 19n

/** What can be bought of an auction at `t`, exactly as the house rounds, or why nothing. */
export function purchaseOf(
  auction: GebCollateralAuction,
  market: Market,
  t: bigint,
  quote: Quote,
): GebPurchase | Refusal {
  const { ref, price, redemption, joinUnit } = auction
  const whole = quote(auction, t)
  if (!auction.enabled) return refuse('paused', 'the collateral auction house is shut down')
  if (price === 0n) return refuse('no-price', 'the delayed oracle has no valid price')
  if (whole === null) return refuse('no-liquidity', 'nothing is left of the auction')
  return {
    ...{ auction, whole, market: market.id, position: `${ref.venue}/${ref.id}`, healthFactor: 0n },
    ...{ safeEngine: contractOf(market, 'safeEngine'), coinJoin: contractOf(market, 'coinJoin') },
    collateral: { address: auction.getToken, symbol: 'collateral', decimals: 18 },
    debt: { address: auction.payToken, symbol: 'coin', decimals: 18 },
    ...{ collateralPrice: price / WAD_TO_BASE, debtPrice: redemption.price / RAY_TO_BASE },
    // each auction has its own: what another one sold takes nothing from it
    ...{ maxRepay: whole.pay, availableCollateral: whole.get / joinUnit, brings: whole.get / joinUnit },
    at(repay): Amounts | Refusal {
      const terms = repay >= whole.pay ? whole : quote(auction, t, repay)
      if (terms === null || terms.get < joinUnit)
        return refuse('dust-rule', `the auction takes no bid of ${repay}: its minimum, or what would be left to raise`)
      const seize = terms.get / joinUnit
      return { debtToCover: terms.pay, repay: terms.pay, seize, protocolFee: 0n, deficitBase: 0n }
    },
  }
}

/** Functions that an executor must be allowed for such purchases. */
export const gebTargets = (market: Market): { readonly target: Address; readonly selector: Hex }[] =>
  (
    [
      [SAFE_ENGINE, 'safeEngine', 'approveSAFEModification'],
      [JOIN, 'coinJoin', 'join'],
      [COLLATERAL_HOUSE, 'collateralAuctionHouse', 'buyCollateral'],
      [JOIN, 'collateralJoin', 'exit'],
    ] as const
  ).map(([abi, contract, name]) => ({
    target: contractOf(market, contract),
    selector: abi.getFunction(name)?.selector as Hex,
  }))

/**
 * Coins into the engine, the purchase, and what was bought out of it, all of it the executor's. At a worse price than at the
 * plan's time the exit reverts; at a better one what remains stays the executor's inside the engine. Throws `RangeError` for
 * a foreign plan.
 */
export function encodePurchase(plan: Plan, { repay, seize }: Amounts, executor: Address): CallStep[] {
  if (!isPurchase(plan)) throw new RangeError('a liquidation in GEB has no repayment to encode: it opens an auction')
  const { auction, whole, safeEngine, coinJoin, debt } = plan
  const { ref, join } = auction
  const limit = repay === whole.pay ? (whole.limit ?? repay) : repay
  const step = (call: { readonly to: Address; readonly data: Hex }, approve: CallStep['approve'] = null): CallStep => ({
    ...{ kind: 'call', target: call.to, data: call.data, approve, mustReturn: null },
  })
  return [
    step(callOf(SAFE_ENGINE, safeEngine, 'approveSAFEModification', [ref.house])),
    step(callOf(JOIN, coinJoin, 'join', [executor, repay]), { token: debt.address, amount: repay }),
    step(callOf(COLLATERAL_HOUSE, ref.house, 'buyCollateral', [ref.id, limit])),
    step(callOf(JOIN, join, 'exit', [executor, seize])),
  ]
}

/** What is still for sale must be as much as the plan takes. */
export const standingOf = (plan: Plan): ExpectStep | null =>
  isPurchase(plan)
    ? {
        ...{ kind: 'expect', word: 0, bound: 'atLeast', limit: plan.auction.sell },
        target: plan.auction.ref.house,
        data: callOf(COLLATERAL_HOUSE, plan.auction.ref.house, 'auctions', [plan.auction.ref.id]).data,
      }
    : null

const isPurchase = (plan: Plan): plan is GebPurchase => 'auction' in plan && 'coinJoin' in plan
