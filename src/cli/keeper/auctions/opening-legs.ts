import { openingWorth, type OpeningWorth, type Prospect } from '../../../auctions/openings.js'
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
import type { RunTrials } from './run-trials.js'

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
  readonly trials: RunTrials
}

export const OPEN_GAS = 400_000n
/** Liquidations in one run: one that fails takes the others with it. */
export const MOST_OPENED = 6
/** Liquidations that are weighed in one block: those that raise most. */
const MOST_WEIGHED = 64
/** More coins than any auction takes: what a loan brings is bounded by what the exit pays for the lot. */
const LENT = 2n ** 128n

/** Liquidations that open an auction, each as if `keeper` called for it; those that raise most come first, and are all that is told. */
export function openings(watch: MarketWatch, view: PriceView, keeper: Address): Opening[] {
  const { strategy, replica } = watch.source
  const found: Opening[] = []
  for (const position of watch.candidates) {
    if (strategy.opening === undefined) break
    if (!strategy.solvency(replica.state, position, view).liquidatable) continue
    const opening = strategy.opening(replica.state, position, keeper, view)
    if (!('code' in opening)) found.push(opening)
  }
  return largestFirst(found).slice(0, MOST_WEIGHED)
}

/** Those that raise most first. */
export const largestFirst = (found: readonly Opening[]): Opening[] =>
  [...found].sort((a, b) => (a.raise.amount > b.raise.amount ? -1 : a.raise.amount < b.raise.amount ? 1 : 0))

export interface OpenedLegs {
  readonly legs: readonly AgentLeg[]
  readonly calls: readonly AgentCall[]
  /** Pay tokens, of all together, after their gas. */
  readonly expected: bigint
}

interface Weighed extends OpeningWorth {
  readonly opening: Opening
  readonly name: string
}

/** Weighs each; the first few of those that pay most become legs with their calls. */
export function openingLegs(found: readonly Opening[], scene: Scene, terms: OpeningTerms): OpenedLegs {
  const weighed = found.map((opening) => weigh(opening, scene, terms))
  const pays = weighed.filter(({ expected, by }) => expected >= terms.need && (by !== null || terms.need < 0n))
  const best = pays.sort((a, b) => (a.expected > b.expected ? -1 : a.expected < b.expected ? 1 : 0))
  const taken: Weighed[] = []
  let sum = 0n
  // what backstop mode may lose is lost once
  let lost = 0n
  for (const one of terms.trials.together(best, ({ name }) => name, scene.head.number)) {
    if (taken.length === MOST_OPENED) break
    if (one.expected < terms.need + lost) continue
    if (one.expected < 0n) lost -= one.expected
    sum += one.expected
    taken.push(one)
  }
  return {
    ...{ legs: taken.map((one) => legOf(one, scene, terms)), calls: taken.map(({ opening }) => opening.call) },
    expected: sum,
  }
}

function weigh(opening: Opening, scene: Scene, terms: OpeningTerms): Weighed {
  const costs = { ...terms.costs, openGas: OPEN_GAS, winBps: terms.market.config.winBps }
  const prospects = prospectsOf(opening, scene, terms)
  const worth = openingWorth(prospects, costs, terms.limits, terms.now, incentiveOf(opening, scene))
  return { ...worth, opening, name: `open/${opening.position}` }
}

function legOf({ opening, name, expected, by }: Weighed, { exits }: Scene, { costs }: OpeningTerms): AgentLeg {
  // before its gas, which the gate takes off
  const gain = expected + divCeil(OPEN_GAS * costs.gasPrice, WAD)
  const gainWei = gain < 0n ? -(exits.weiOf(-gain) ?? 0n) : (exits.weiOf(gain) ?? 0n)
  const { incentive, raise, sell } = opening
  return {
    ...{ name, what: `liquidation for ${by ?? 'the protocol'}`, gas: OPEN_GAS, gainWei },
    pay: { token: raise.token, amount: 0n, price8: 0n },
    get: { token: incentive?.token ?? sell.token, amount: incentive?.amount ?? 0n, price8: 0n },
  }
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
