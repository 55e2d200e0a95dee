import { parseArgs } from 'node:util'
import { messageOf } from '../../src/domain/errors.js'
import { UsageError } from '../benchmark.js'

export interface PipelineOptions {
  readonly positions: number
  readonly triggers: number
  /** Positions that are on the chain. */
  readonly real: number
  readonly json: boolean
}

export function readPipelineOptions(args: readonly string[]): PipelineOptions {
  const options = {
    json: { type: 'boolean', default: false },
    positions: { type: 'string', default: '100000' },
    triggers: { type: 'string', default: '300' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const [positions, triggers] = [Number(values.positions), Number(values.triggers)]
    if (!(Number.isInteger(triggers) && triggers >= 1 && triggers <= 600)) throw new UsageError('--triggers: 1 to 600')
    // each step opens two positions on average; those behind the last one wait near their threshold as well
    const real = Math.max(20, 2 * triggers + 40)
    if (!(Number.isInteger(positions) && positions >= real && positions <= 1_000_000))
      throw new UsageError(`--positions: ${real} to 1000000`)
    return { positions, triggers, real, json: values.json }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error))
  }
}
