import { groupsOf } from '../domain/attempts.js'
import type { Head } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import { liquidationsOf, shapeOf } from './call-shape.js'
import { positionsOf } from './records.js'
import type { Simulated } from './simulate.js'
import { runGasLimit } from './terms.js'

const MOST = 4_096
/** A call that passed counts as prepared on its own head and on the two after it. */
const PREPARED_BLOCKS = 2

/** A bundle can fail by what it follows, so a failure counts for that alone. */
const failureKey = (opportunity: Opportunity): string => {
  const { behind } = opportunity
  const followed = behind === undefined ? '' : behind.kind === 'transmit' ? behind.hash : behind.id
  return `${liquidationsOf(opportunity)} ${followed}`
}

function put<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= MOST) map.clear()
  map.set(key, value)
}

/**
 * Why an order that goes on without some of its positions must not be made again as it is: on this head nobody has taken them,
 * so they would fail every time. Null where it keeps all.
 */
export function lostIn({ legs }: Opportunity, result: Simulated): string | null {
  if (result.kind !== 'done' || result.failed === undefined) return null
  const groups = groupsOf(legs)
  const places = result.failed.flatMap((number) => positionsOf(groups[number] ?? []))
  return `it would land without ${places.join(', ')}`
}

/**
 * Why a run of the agent must not be made on what it took when it was simulated: it may have used a quarter more before refunds, and
 * would then run out of gas. Null where it keeps within its limit.
 */
export function overGas({ call, gas, dataGas = 0n }: Opportunity, result: Simulated): string | null {
  if (call === undefined || result.kind !== 'done' || result.gasUsed === null) return null
  const limit = runGasLimit(gas) + dataGas
  return (result.gasUsed * 5n) / 4n <= limit
    ? null
    : `it used ${result.gasUsed} gas, which its limit of ${limit} does not hold: it was weighed with ${gas}`
}

/** Results of simulations that ran ahead of the sending or beside it: they allow or correct the next attempt. */
export class SimulationMemory {
  private readonly failures = new Map<string, { readonly reason: string; readonly block: number }>()
  private readonly gas = new Map<string, bigint>()
  private readonly passed = new Map<string, number>()

  keep(opportunity: Opportunity, head: Head, result: Simulated): void {
    const key = failureKey(opportunity)
    if (result.kind === 'reverted') put(this.failures, key, { reason: result.reason, block: head.number })
    if (result.kind !== 'done') return
    const lost = lostIn(opportunity, result) ?? overGas(opportunity, result)
    if (lost !== null) {
      put(this.failures, key, { reason: lost, block: head.number })
      return
    }
    this.failures.delete(key)
    put(this.passed, shapeOf(opportunity), head.number)
    if (result.gasUsed !== null) put(this.gas, liquidationsOf(opportunity), result.gasUsed)
  }

  /** A failure counts for one block: prices and pools move on. */
  failure(opportunity: Opportunity, head: Head): string | null {
    if (this.failures.size === 0) return null
    const known = this.failures.get(failureKey(opportunity))
    return known === undefined || head.number > known.block + 1 ? null : known.reason
  }

  /** True when a call of this shape passed no more than two blocks ago. */
  isPrepared(opportunity: Opportunity, head: Head): boolean {
    const block = this.passed.get(shapeOf(opportunity))
    return block !== undefined && head.number <= block + PREPARED_BLOCKS
  }

  gasUsed(opportunity: Opportunity): bigint | null {
    return this.gas.get(liquidationsOf(opportunity)) ?? null
  }
}
