import { WAD, divCeil, minOf, mulDivCeil } from '../domain/maths.js'
import type { Funding, Terms } from './venue.js'

export const BPS = 10_000n
export const DAY_SECONDS = 86_400n

/** What a lot is worth to us, in pay tokens, behind everything of its kind that we hold, lead or have just bid for. */
export interface Fair {
  /** Net of the exit's price impact and fee, rounded down; never falls as `get` grows. */
  proceeds(get: bigint): bigint
  /** One standard deviation of the won token's price over a day, wad. */
  readonly sigmaDay: bigint
  /** Unix seconds at which the price was seen, and from which age it counts no more. */
  readonly at: bigint
  readonly maxAgeSeconds: bigint
  /** Why the price is not to be believed (far from its recent course), or null. */
  readonly doubt: string | null
}

/** Everything beside the lot that a bid costs. */
export interface Costs {
  readonly bidGas: bigint
  readonly settleGas: bigint
  /** Pay-token units for one gas, wad. */
  readonly gasPrice: bigint
  /** What lent or idle capital costs a day, basis points. */
  readonly capitalBpsPerDay: bigint
  /** Chance that the transaction reverts and is charged, basis points; zero with bundles. */
  readonly failBps: bigint
  readonly revertGas: bigint
}

/** Integer square root, rounded up. */
function rootCeil(value: bigint): bigint {
  if (value < 2n) return value
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (guess + value / guess) >> 1n
    if (next >= guess) return guess * guess === value ? guess : guess + 1n
    guess = next
  }
}

/** Share of the proceeds that the price may have lost after `seconds`: z · σ · √days, wad, rounded up, at most one. */
export function haircut(sigmaDay: bigint, riskZBps: bigint, seconds: bigint): bigint {
  if (seconds <= 0n) return 0n
  const rootDays = rootCeil((seconds * WAD * WAD) / DAY_SECONDS)
  return minOf(WAD, divCeil(sigmaDay * riskZBps * rootDays, WAD * BPS))
}

/**
 * What a bid on these terms is expected to earn, in pay tokens; every cost rounded up, the proceeds down. Locked capital is
 * charged and the proceeds cut for the time until it is free at the latest; the cost is the whole bid, whatever the lot.
 */
export function expectedProfit(
  terms: Terms,
  fair: Fair,
  costs: Costs,
  riskZBps: bigint,
  funding: Pick<Funding, 'atomic' | 'lockedUntil'>,
  now: bigint,
): bigint {
  const locked = funding.atomic || funding.lockedUntil === null ? 0n : funding.lockedUntil - now
  const seconds = locked > 0n ? locked : 0n
  const gross = fair.proceeds(terms.get)
  const proceeds = gross - mulDivCeil(gross, haircut(fair.sigmaDay, riskZBps, seconds), WAD)
  const capital = mulDivCeil(terms.pay * costs.capitalBpsPerDay, seconds, BPS * DAY_SECONDS)
  const gas = costs.bidGas + (funding.atomic ? 0n : costs.settleGas)
  const win = proceeds - terms.pay - capital - divCeil(gas * costs.gasPrice, WAD)
  const lost = divCeil(costs.revertGas * costs.gasPrice, WAD)
  // towards minus infinity: a loss is never rounded away
  return floorDiv((BPS - costs.failBps) * win - costs.failBps * lost, BPS)
}

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n)
