import { parseArgs } from 'node:util'
import { messageOf } from '../../src/domain/errors.js'
import { UsageError } from '../benchmark.js'
import { WARM_UP } from './trigger-run.js'

export interface PipelineOptions {
  readonly positions: number
  readonly triggers: number
  /** Positions that are on the chain. */
  readonly real: number
  /** Samples of the ordinary way. */
  readonly ordinary: number
  readonly json: boolean
}

export function readPipelineOptions(args: readonly string[]): PipelineOptions {
  const options = {
    json: { type: 'boolean', default: false },
    positions: { type: 'string', default: '100000' },
    triggers: { type: 'string', default: '300' },
    ordinary: { type: 'string', default: '15' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const [positions, triggers, ordinary] = [values.positions, values.triggers, values.ordinary].map(Number)
    if (positions === undefined || triggers === undefined || ordinary === undefined)
      throw new UsageError('a number is missing')
    if (!(Number.isInteger(ordinary) && ordinary >= 1 && ordinary <= 100)) throw new UsageError('--ordinary: 1 to 100')
    if (!(Number.isInteger(triggers) && triggers >= 1 && triggers <= 600)) throw new UsageError('--triggers: 1 to 600')
    // each step opens two positions on average; those behind the last one wait near their threshold as well
    const real = 2 * (triggers + WARM_UP) + 60
    if (!(Number.isInteger(positions) && positions >= real && positions <= 1_000_000))
      throw new UsageError(`--positions: ${real} to 1000000`)
    return { positions, triggers, real, ordinary, json: values.json }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error))
  }
}
