import type { Head } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'

/** Last block and last block timestamp (unix seconds) at which an order may run. */
export interface Deadline {
  readonly block: number
  readonly time: bigint
}

/**
 * True when no block after `head` can run an order with this deadline. `numbersAreOurs`: the contract's `block.number` is
 * that of our heads. It is not on Arbitrum and its like, where only the timestamp binds; taking it for foreign is always
 * safe, and costs the lane some seconds.
 */
export const isOver = ({ block, time }: Deadline, head: Pick<Head, 'number' | 'timestamp'>, numbersAreOurs: boolean) =>
  head.timestamp > time || (numbersAreOurs && head.number >= block)

/** How far past its head an order's deadline may lie. */
export interface Reach {
  readonly reachBlocks: number
  readonly reachSeconds: number
}

/** Throws `KeeperError('bad-deadline')` for a deadline that is past or beyond the reach. */
export function checkReach({ block, time }: Deadline, head: Head, { reachBlocks, reachSeconds }: Reach): void {
  if (block <= head.number || block > head.number + reachBlocks) {
    const detail = `deadline ${block} must lie within ${reachBlocks} blocks after head ${head.number}`
    throw new KeeperError('bad-deadline', detail, { deadlineBlock: block, head: head.number })
  }
  if (time <= head.timestamp || time > head.timestamp + BigInt(reachSeconds)) {
    const detail = `deadline time ${time} must lie within ${reachSeconds} s after that of head ${head.number}, ${head.timestamp}`
    throw new KeeperError('bad-deadline', detail, { deadlineTime: time.toString(), head: head.number })
  }
}

/** Over at every head. */
export const NO_QUARANTINE: Deadline = { block: 0, time: -1n }

/**
 * Until when a transaction may land that a machine crash has made us forget: it was signed at `head` at the latest, with
 * a reach of `quarantineBlocks`, which the journal knows; the seconds of then follow in proportion.
 */
export function quarantineAfter(head: Head, quarantineBlocks: number, { reachBlocks, reachSeconds }: Reach): Deadline {
  if (quarantineBlocks === 0) return NO_QUARANTINE
  const seconds = Math.ceil((reachSeconds * quarantineBlocks) / reachBlocks)
  return { block: head.number + quarantineBlocks, time: head.timestamp + BigInt(seconds) }
}
