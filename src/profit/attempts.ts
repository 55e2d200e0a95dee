import { groupsOf } from '../domain/attempts.js'
import { minOf } from '../domain/maths.js'
import type { Leg } from '../domain/opportunity.js'
import type { AttemptStep, ExpectStep, Step } from '../domain/steps.js'
import type { ProfitContext } from './context.js'

const ONE = 10_000n
/** Of a leg's estimate with everything cold, which is what it meets when those before it failed: room for ticks and strange tokens. */
const ROOM = { of: 5n, in: 4n }
const MOST_GAS = 2n ** 24n - 1n

/**
 * The steps of a transaction. With one group of legs they stand as they are: what fails takes the transaction with it. With
 * more, each group is an attempt of its own, numbered in order, and first looks whether its positions still stand.
 */
export function stepsOf(legs: readonly Leg[], context: ProfitContext): readonly Step[] {
  const groups = groupsOf(legs)
  if (groups.length < 2) return legs.flatMap((leg) => leg.steps)
  return groups.map((group, number): AttemptStep => ({
    ...{ kind: 'attempt', number, gas: gasOf(group, number === 0, context) },
    body: [...standing(group, context), ...group.flatMap((leg) => leg.steps)],
  }))
}

/** What the attempts of a transaction cost beside their bodies. */
export const overheadOf = (legs: readonly Leg[], { gas }: Pick<ProfitContext, 'gas'>): bigint => {
  const { length } = groupsOf(legs)
  return length < 2 ? 0n : gas.attempt * BigInt(length)
}

function gasOf(group: readonly Leg[], isFirst: boolean, { gas }: ProfitContext): bigint {
  const estimated = group.reduce((sum, leg) => sum + leg.gas, 0n)
  const cold = isFirst ? estimated : (estimated * ONE) / gas.followingBps
  return minOf((cold * ROOM.of) / ROOM.in + gas.attempt, MOST_GAS)
}

function standing(group: readonly Leg[], context: ProfitContext): readonly ExpectStep[] {
  const asked = new Map<string, ExpectStep>()
  for (const { market, position, plan } of group) {
    const place = `${market}/${position}`
    const look = asked.has(place) ? null : (context.desk(market).standing?.(plan) ?? null)
    if (look !== null) asked.set(place, look)
  }
  return [...asked.values()]
}
