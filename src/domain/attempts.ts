import { divCeil, maxOf } from './maths.js'
import type { Leg, Opportunity } from './opportunity.js'

/** What `contracts/AttemptSteps.sol` keeps back around each of them. */
const AROUND = 3_000n

type Part = Pick<Leg, 'market' | 'position' | 'steps'>

const placeOf = ({ market, position }: Part): string => `${market}/${position}`

/**
 * Legs of one transaction that stand or fall together, in their order: those of one exit (only the first of them has steps)
 * and those of one position, whose later ones rest on the amounts of the earlier. Groups need nothing of each other.
 */
export function groupsOf<L extends Part>(legs: readonly L[]): readonly (readonly L[])[] {
  const groups: L[][] = []
  let places = new Set<string>()
  for (const leg of legs) {
    const group = groups.at(-1)
    const joins = group !== undefined && (leg.steps.length === 0 || places.has(placeOf(leg)))
    if (joins) group.push(leg)
    else {
      groups.push([leg])
      places = new Set()
    }
    places.add(placeOf(leg))
  }
  return groups
}

/**
 * Gas limit with which no attempt of the order can go short whatever the others have used: the transaction's own gas and all
 * that its attempts are promised, of which a call passes on 63 of 64 parts. Zero for an order without attempts.
 */
export function gasForAttempts({ gas, legs, order }: Pick<Opportunity, 'gas' | 'legs' | 'order'>): bigint {
  const attempts = order.steps.filter((step) => step.kind === 'attempt')
  if (attempts.length === 0) return 0n
  const own = legs.reduce((rest, leg) => rest - leg.gas, gas)
  const promised = attempts.reduce((sum, attempt) => sum + attempt.gas + AROUND, 0n)
  return maxOf(own, 0n) + divCeil(promised * 64n, 63n)
}
