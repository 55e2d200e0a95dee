import type { ChainConfig } from '../../config/market-file.js'
import { KeeperError } from '../../domain/errors.js'
import { secondsPerBlock } from './order-lifetime.js'

type Chain = Pick<ChainConfig, 'blockTimeSeconds'>

/** A quarter of a block, at most a second: how long a block's offers wait for what became of the transactions before them. */
export const outcomePatienceMs = (chain: Chain): number => Math.min(1_000, secondsPerBlock(chain) * 250)

/** A block, but two seconds at least and five at most: how long a block waits for what it cannot be decided without. */
export const readPatienceMs = (chain: Chain): number => Math.min(5_000, Math.max(2_000, secondsPerBlock(chain) * 1_000))

const LATE = Symbol('late')

async function race<T>(work: Promise<T>, milliseconds: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `work` ended in time; it goes on either way. Rejects as `work` does when that happens in time. */
export const endsWithin = async (work: Promise<unknown>, milliseconds: number): Promise<boolean> =>
  (await race(work, milliseconds)) !== LATE

/** What `work` gives. Throws `KeeperError('too-slow')` when it takes longer: `what` is its name in the message. */
export async function inTime<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  const result = await race(work, milliseconds)
  if (result !== LATE) return result
  throw new KeeperError('too-slow', `${what} took longer than ${milliseconds} ms: the endpoints of RPC_URLS are slow`)
}
