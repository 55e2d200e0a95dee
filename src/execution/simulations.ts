import type { Address, Head, Hex, StateOverride } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Fees } from './fees.js'
import type { Simulated, Simulator } from './simulate.js'
import { SimulationMemory, lostIn, overGas } from './simulation-memory.js'

export interface SimulationsOptions {
  /** Null where nothing can simulate: the profit room's figures then stand. */
  readonly simulate: Simulator | null
  readonly from: Address
  readonly executor: Address
  readonly maxTransactionGas: bigint
  readonly metrics: Metrics
  readonly logger: Logger
  readonly now: () => number
}

/** Runs simulations, counts and logs them, and remembers what they said for the next block's attempt. */
export class Simulations {
  readonly memory = new SimulationMemory()

  constructor(private readonly options: SimulationsOptions) {}

  get possible(): boolean {
    return this.options.simulate !== null
  }

  /** Never rejects. `raw`: the signed transaction, where a relay simulates. */
  async run(
    opportunity: Opportunity,
    head: Head,
    { data, fees }: { readonly data: Hex; readonly fees: Fees },
    raw: Hex | null,
    overrides?: StateOverride,
  ): Promise<Simulated> {
    const { simulate, metrics, logger, from, maxTransactionGas, now } = this.options
    const isCall = opportunity.call !== undefined
    const executor = opportunity.call?.to ?? this.options.executor
    if (simulate === null) return { kind: 'unavailable', why: 'no simulator is configured' }
    const started = now()
    const { behind } = opportunity
    const call = { from, executor, data, gasLimit: maxTransactionGas, fees, head, raw, isCall }
    const result = await simulate({
      ...call,
      ...(behind === undefined ? {} : { behind }),
      ...(overrides === undefined ? {} : { overrides }),
    })
    metrics.count('simulations', { outcome: result.kind })
    metrics.observe('simulation_seconds', (now() - started) / 1000)
    const { id } = opportunity
    if (result.kind === 'unavailable') logger.warn('simulation', { opportunity: id, unavailable: result.why })
    if (result.kind === 'reverted') logger.warn('simulation', { opportunity: id, reason: result.reason })
    return result
  }
}

/** What a simulation that was waited for forbids. `mustRun`: where nothing may leave that no simulation has run. */
export function verdictOfSimulation(opportunity: Opportunity, result: Simulated, mustRun: boolean): Refusal | null {
  if (result.kind === 'reverted') return refuse('simulation-failed', result.reason)
  const lost = lostIn(opportunity, result) ?? overGas(opportunity, result)
  if (lost !== null) return refuse('simulation-failed', lost)
  if (result.kind === 'healthy') return refuse('healthy', 'somebody else was faster')
  if (result.kind === 'done' || !mustRun) return null
  return refuse('not-simulated', `a revert would be charged, and SIMULATION_RPC_URL did not simulate: ${result.why}`)
}
