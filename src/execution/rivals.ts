import type { Address, BlockRef, Head } from '../domain/chain.js'
import type { ChainAsk } from './chain-facts.js'
import { blockHashAt } from './chain-facts.js'

/** Who liquidated a position that an intent was for; `undone` when a reorg took the block of it back. */
export interface Rival {
  readonly by: Address
  readonly undone: boolean
}

interface Seen extends Rival {
  readonly block: Pick<BlockRef, 'number' | 'hash'>
}

/** Liquidations by others at positions of our intents, and whether their blocks still stand. */
export class Rivals {
  private readonly seen = new Map<string, Seen>()

  saw(intentId: string, by: Address, block: Pick<BlockRef, 'number' | 'hash'>): void {
    this.seen.set(intentId, { by, block, undone: false })
  }

  of(intentId: string): Rival | null {
    return this.seen.get(intentId) ?? null
  }

  forget(intentId: string): void {
    this.seen.delete(intentId)
  }

  /** Asks the chain at `head` which of them still happened. Rejects when a read fails: then nothing has changed. */
  async check(ask: ChainAsk, head: Head): Promise<void> {
    const asked = [...this.seen].filter(([, { block }]) => block.number <= head.number)
    const hashes = await Promise.all(asked.map(([, { block }]) => blockHashAt(ask, block.number)))
    asked.forEach(([id, known], i) => {
      // seen again in another block while we asked: that word is newer
      if (this.seen.get(id) === known) this.seen.set(id, { ...known, undone: hashes[i] !== known.block.hash })
    })
  }
}
