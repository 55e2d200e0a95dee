import { openingWorth, type Prospect } from '../../../auctions/openings.js'
import type { Limits } from '../../../auctions/decide.js'
import type { Costs } from '../../../auctions/expected-profit.js'
import type { AgentCall } from '../../../auctions/venue.js'
import type { Address } from '../../../domain/chain.js'
import { WAD, divCeil } from '../../../domain/maths.js'
import type { PriceView } from '../../../domain/prices.js'
import type { Opening } from '../../../domain/strategy.js'
import type { MarketWatch } from '../market-watch.js'
import type { AgentLeg } from './agent-opportunity.js'
import type { AuctionMarket, Scene } from './market-scene.js'

/** What a liquidation that opens an auction is weighed with. */
export interface OpeningTerms {
  readonly market: AuctionMarket
  readonly costs: Omit<Costs, 'bidGas' | 'settleGas'>
  readonly limits: Limits
  readonly now: bigint
  /** Least expected profit, pay tokens. */
  readonly need: bigint
  /** What one transaction can buy is paid with a loan. */
  readonly lent: boolean
}

export const OPEN_GAS = 400_000n
/** Liquidations in one run: one that fails takes the others with it. */
export const MOST_OPENED = 6
/** More coins than any auction takes: what a loan brings is bounded by what the exit pays for the lot. */
const LENT = 2n ** 128n

/** Liquidations that open an auction, each as if `keeper` called for it; the first few of them. */
export function openings(watch: MarketWatch, view: PriceView, keeper: Address): Opening[] {
  const { strategy, replica } = watch.source
  const found: Opening[] = []
  for (const position of watch.candidates) {
    if (found.length === MOST_OPENED || strategy.opening === undefined) break
    if (!strategy.solvency(replica.state, position, view).liquidatable) continue
    const opening = strategy.opening(replica.state, position, keeper, view)
    if (!('code' in opening)) found.push(opening)
  }
  return found
}

export interface OpenedLegs {
  readonly legs: readonly AgentLeg[]
  readonly calls: readonly AgentCall[]
  /** Pay tokens, of all together, after their gas. */
  readonly expected: bigint
}

/** Weighs each; what pays becomes a leg with its call. */
export function openingLegs(found: readonly Opening[], scene: Scene, terms: OpeningTerms): OpenedLegs {
  const legs: AgentLeg[] = []
  const calls: AgentCall[] = []
  let sum = 0n
  // what backstop mode may lose is lost once
  let lost = 0n
  for (const opening of found) {
    const { winBps } = terms.market.config
    const costs = { ...terms.costs, openGas: OPEN_GAS, winBps }
    const prospects = prospectsOf(opening, scene, terms)
    const paid = incentiveOf(opening, scene)
    const { expected, by } = openingWorth(prospects, costs, terms.limits, terms.now, paid)
    if (expected < terms.need + lost || (by === null && terms.need >= 0n)) continue
    if (expected < 0n) lost -= expected
    sum += expected
    // before its gas, which the gate takes off
    const gain = expected + divCeil(OPEN_GAS * costs.gasPrice, WAD)
    const gainWei = gain < 0n ? -(scene.exits.weiOf(-gain) ?? 0n) : (scene.exits.weiOf(gain) ?? 0n)
    legs.push({
      ...{ name: `open/${opening.position}`, what: `liquidation for ${by ?? 'the protocol'}`, gas: OPEN_GAS, gainWei },
      pay: { token: opening.raise.token, amount: 0n, price8: 0n },
      get: {
        token: opening.incentive?.token ?? opening.sell.token,
        amount: opening.incentive?.amount ?? 0n,
        price8: 0n,
      },
    })
    calls.push(opening.call)
  }
  return { legs, calls, expected: sum }
}

/** What the protocol pays us for opening, in pay tokens, rounded down; nothing where no pool tells what it is worth. */
function incentiveOf({ incentive }: Opening, { exits }: Scene): bigint {
  if (incentive === undefined) return 0n
  const { token, amount } = incentive
  if (token.address === exits.pay) return amount
  const wei = exits.wei(token.address, amount)
  return wei === null ? 0n : (exits.payFor(wei) ?? 0n)
}

function prospectsOf(opening: Opening, scene: Scene, { market, lent }: OpeningTerms): Prospect[] {
  return scene.views.flatMap(({ venue, snapshot, fair, held }) => {
    if (!snapshot.health.enabled) return []
    const prospect = market.refill.prospect(opening, venue.id, snapshot.template)
    return prospect === null
      ? []
      : [{ venue, ...prospect, fair: fair(held), ...(lent && venue.purchase ? { available: LENT } : {}) }]
  })
}
