import { parseArgs } from 'node:util'
import { UsageError } from '../benchmark.js'
import { messageOf } from '../../src/domain/errors.js'

/** How many collaterals and debts a position has: `uniform` is heavier (4.5 entries), `skew` nearer to real books (3.0). */
export type Mix = 'uniform' | 'skew'

export interface ScanOptions {
  readonly sizes: readonly number[]
  readonly mix: Mix
  readonly seed: number
  /** Events of the live stream. */
  readonly events: number
  readonly json: boolean
}

const DEFAULT_SIZES = '10000,100000,1000000'
/** Smallest market worth timing, and the most that fits the memory this program grants itself. */
const SIZE_RANGE = [1_000, 2_000_000] as const
/** Fewer hold no block and no p50 worth printing. */
const EVENT_RANGE = [100, 100_000] as const

function integer(text: string, flag: string, [from, to]: readonly [number, number]): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(value >= from && value <= to)) throw new UsageError(`${flag} ${text}: not a whole number from ${from} to ${to}`)
  return value
}

/** Throws `UsageError`. */
export function readScanOptions(args: readonly string[]): ScanOptions {
  const options = {
    json: { type: 'boolean', default: false },
    n: { type: 'string', default: DEFAULT_SIZES },
    mix: { type: 'string', default: 'uniform' },
    seed: { type: 'string', default: '7' },
    events: { type: 'string', default: '1000' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const { mix, n, json } = values
    if (mix !== 'uniform' && mix !== 'skew') throw new UsageError(`--mix ${mix}: not uniform or skew`)
    const sizes = n.split(',').map((size) => integer(size, '--n', SIZE_RANGE))
    const seed = integer(values.seed, '--seed', [0, 2 ** 32 - 1])
    return { sizes, mix, seed, events: integer(values.events, '--events', EVENT_RANGE), json }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error))
  }
}
