import { maxOf, minOf } from '../domain/maths.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { ProfitContext } from './context.js'

const ONE = 10_000n

export interface Bid {
  readonly gasCostWei: bigint
  /** What the builder is expected to get, wei: exactly what the executor pays for a gain of `grossWei`. */
  readonly bidWei: bigint
  /** As the order has them: the executor pays max(gain · bidBps, minBidWei). */
  readonly bidBps: number
  readonly minBidWei: bigint
  /** gross − gas − bid. */
  readonly netWei: bigint
  /** True when the bid had to stay below the share the settings ask for. */
  readonly capped: boolean
}

/** How the chain is paid for inclusion, when the gain is in this token. */
const bidsFromGain = (context: ProfitContext, inNative: boolean): boolean =>
  context.chain.bid === 'priorityFee' || (context.chain.bid === 'coinbase' && inNative)

/** Gas of the transaction at the target block's price, with the rollup's charge for its data (`dataWei`), wei. */
export const gasCostOf = (
  gas: bigint,
  context: ProfitContext,
  dataWei: bigint = context.data.estimate(gas, 1).wei,
): bigint => gas * context.gasPriceWei + dataWei

/** The least bid that gets `gas` into a block: the tail's price plus 5 %, rounded up. */
export const bidFloorOf = (gas: bigint, context: ProfitContext): bigint =>
  (gas * context.bidFloorPerGasWei * 105n + 99n) / 100n

/** What a leg adds to the net of a transaction that bids the full share of its gain: below nothing where it only costs. */
export function addedNetOf(grossWei: bigint, gas: bigint, inNative: boolean, context: ProfitContext): bigint {
  const bidBps = bidsFromGain(context, inNative) ? BigInt(context.settings.bidBps) : 0n
  return (grossWei * (ONE - bidBps)) / ONE - gasCostOf(gas, context)
}

/**
 * bid = max(bps · gain, floor), lowered where needed so that the minimum profit remains and gas and bid stay within their
 * share of the gain. Refuses when not even the floor fits. `inNative`: the gain is in the wrapped native token. `dataWei`:
 * the charge for the data of exactly this order, where it is known; else that of an order with one liquidation is assumed.
 * Where a loss is allowed nothing is refused: the bid is the floor, and the net may be below zero.
 */
export function bidFor(
  grossWei: bigint,
  gas: bigint,
  minProfitWei: bigint,
  inNative: boolean,
  context: ProfitContext,
  dataWei?: bigint,
): Bid | Refusal {
  const { settings, chain } = context
  const gasCostWei = gasCostOf(gas, context, dataWei)
  if (settings.atLoss === true) return leastBid(grossWei, gas, gasCostWei, context)
  const pays = bidsFromGain(context, inNative)
  const floor = pays ? bidFloorOf(gas, context) : 0n
  const forProfit = grossWei - gasCostWei - minProfitWei
  if (forProfit < floor) return tooLittle(grossWei - gasCostWei - floor, minProfitWei)
  const forShare = (grossWei * BigInt(settings.maxFeeShareBps)) / ONE - gasCostWei
  if (forShare < floor) return tooDear(grossWei, gasCostWei + floor, settings.maxFeeShareBps)
  if (!pays) return { gasCostWei, bidWei: 0n, bidBps: 0, minBidWei: 0n, netWei: grossWei - gasCostWei, capped: false }
  const cap = minOf(minOf(forProfit, forShare), (grossWei * BigInt(settings.maxBidBps)) / ONE)
  if (cap < floor) return tooDear(grossWei, gasCostWei + floor, settings.maxBidBps)
  const wanted = maxOf((grossWei * BigInt(settings.bidBps)) / ONE, floor)
  const capped = wanted > cap
  const bidBps = capped ? Number((cap * ONE) / grossWei) : settings.bidBps
  const bidWei = maxOf((grossWei * BigInt(bidBps)) / ONE, floor)
  const onChain = chain.bid === 'coinbase'
  return {
    gasCostWei,
    bidWei,
    bidBps: onChain ? bidBps : 0,
    minBidWei: onChain ? floor : 0n,
    netWei: grossWei - gasCostWei - bidWei,
    capped,
  }
}

/**
 * What a transaction at a loss offers: the floor and no more, as a tip, because its gain may be less than that. Nothing where
 * the chain takes no tips.
 */
function leastBid(grossWei: bigint, gas: bigint, gasCostWei: bigint, context: ProfitContext): Bid {
  const bidWei = context.chain.bid === 'none' ? 0n : bidFloorOf(gas, context)
  return { gasCostWei, bidWei, bidBps: 0, minBidWei: 0n, netWei: grossWei - gasCostWei - bidWei, capped: false }
}

/** Wei per gas are compared to this part. */
const RATE_SCALE = 10n ** 9n

/**
 * What of two choices decides, any unit, more is better: what is left, or, where others bid for the same, what those who
 * bid are ranked by (rounded down).
 */
export function worthOf({ netWei, bidWei }: Bid, gas: bigint, { settings: { contest } }: ProfitContext): bigint {
  if (contest === null || bidWei <= 0n || gas <= 0n) return netWei
  return contest === 'payment' ? bidWei : (bidWei * RATE_SCALE) / gas
}

function tooLittle(netWei: bigint, minProfitWei: bigint): Refusal {
  const detail = `nets ${netWei} wei after gas and the least bid, below the minimum profit of ${minProfitWei} wei`
  return refuse('below-min-profit', detail, netWei.toString())
}

function tooDear(grossWei: bigint, feesWei: bigint, maxBps: number): Refusal {
  const share = grossWei > 0n ? (feesWei * ONE + grossWei - 1n) / grossWei : ONE
  const detail = `gas and the least bid take ${share} bps of the gain of ${grossWei} wei, more than ${maxBps} bps`
  return refuse('fee-share', detail, share.toString())
}
