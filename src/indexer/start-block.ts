import type { Blocks } from '../chain/blocks.js'
import { toRef } from '../chain/canon.js'
import type { BlockRef } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { Followed } from './followed.js'

/** Blocks below the head at which a market starts: most reorgs are undone above it. */
const START_DEPTH = 4

/** A block a little below the head, but not below a checkpoint of `followed`. Throws what reading throws. */
export async function startBlock(blocks: Blocks, followed: readonly Followed[]): Promise<BlockRef> {
  const head = await blocks.latest()
  let number = Math.max(head.number - START_DEPTH, 0)
  for (const { indexer } of followed) {
    const newest = (await indexer.store?.peek()) ?? null
    if (newest && newest.number <= head.number) number = Math.max(number, newest.number)
  }
  const block = number === head.number ? head : await blocks.byNumber(number)
  if (!block) throw new KeeperError('rpc-gap', `block ${number} is not to be had from RPC_URLS`, { number })
  return toRef(block)
}
