import type { Blocks } from '../chain/blocks.js'
import type { Canon } from '../chain/canon.js'
import type { Head } from '../domain/chain.js'
import type { Followed } from './followed.js'

const FALLBACK_FINALITY = 64
const HOUSEKEEPING_BLOCKS = 16
const CHECKPOINT_BLOCKS = 100

export interface UpkeepOptions {
  readonly followed: readonly Followed[]
  readonly blocks: Blocks
  readonly canon: () => Canon
  readonly everyBlocks: number | undefined
  /** Null where nothing may be written. */
  readonly writes: boolean
}

/** What is done now and then behind the head: what became final is forgotten, checkpoints are written. */
export class Upkeep {
  private finalNumber = 0
  private sinceHousekeeping = 0
  private sinceCheckpoint = 0

  constructor(private readonly options: UpkeepOptions) {}

  /** Before the first block. Throws only what the file system cannot be blamed for. */
  async begin(headNumber: number): Promise<void> {
    this.finalNumber = await this.options.blocks.finalNumber(headNumber, FALLBACK_FINALITY)
    await this.checkpoint()
  }

  async afterBlock(head: Head): Promise<void> {
    if (++this.sinceHousekeeping >= HOUSEKEEPING_BLOCKS) await this.forgetFinal(head)
    if (++this.sinceCheckpoint >= (this.options.everyBlocks ?? CHECKPOINT_BLOCKS)) await this.checkpoint()
  }

  /** Writes the state of every market at its tip. */
  async checkpoint(): Promise<void> {
    this.sinceCheckpoint = 0
    if (!this.options.writes) return
    for (const { indexer, joined } of this.options.followed) if (joined) await indexer.checkpoint(this.finalNumber)
  }

  private async forgetFinal(head: Head): Promise<void> {
    this.sinceHousekeeping = 0
    const { blocks, canon, followed } = this.options
    this.finalNumber = await blocks.finalNumber(head.number, FALLBACK_FINALITY)
    canon().prune(this.finalNumber)
    for (const { indexer } of followed) indexer.replicaOrNull?.prune(this.finalNumber)
  }
}
