import { Blocks } from '../chain/blocks.js'
import type { BlockRef } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { LiquidationStrategy, MarketState } from '../domain/strategy.js'
import type { CheckpointStore } from './checkpoint.js'
import type { MarketContext } from './sync-context.js'

export interface Origin {
  readonly state: MarketState
  /** The block of `state`. */
  readonly base: BlockRef
  readonly from: string
}

/** Finds where the reading of one market begins. */
export class Origins {
  private readonly blocks: Blocks

  constructor(
    private readonly market: Market,
    private readonly strategy: LiquidationStrategy,
    private readonly store: CheckpointStore | null,
    private readonly context: MarketContext,
  ) {
    this.blocks = new Blocks(context.rpc)
  }

  /** The newest usable checkpoint, the start of a full replay or where one was interrupted, or a snapshot at `target`. */
  async find(target: BlockRef): Promise<Origin> {
    const { fromGenesis, reader, progress } = this.context
    const { id } = this.market
    if (fromGenesis) return (await this.interruptedReplay()) ?? this.genesis()
    for (const { block, state } of (await this.store?.load()) ?? []) {
      if (block.number > target.number || !(await this.blocks.stands(block))) continue
      const loaded = this.tryLoad(block, state, 'checkpoint')
      if (loaded) return loaded
    }
    const pinned = reader.untimed().pinnedTo(target)
    const state = await this.strategy.snapshot(pinned, this.market, target, (done, of, unit) => {
      progress({ market: id, step: unit === 'blocks' ? 'borrowers' : 'snapshot', done, of })
    })
    return { state, base: target, from: 'snapshot' }
  }

  private async genesis(): Promise<Origin> {
    const { reader, logger } = this.context
    const base = await this.blocks.required(this.market.deployBlock)
    return { state: await this.strategy.genesis(reader.patient(logger), this.market), base, from: 'genesis' }
  }

  private async interruptedReplay(): Promise<Origin | null> {
    const saved = await this.store?.loadReplay()
    if (!saved || !(await this.blocks.stands(saved.block))) return null
    return this.tryLoad(saved.block, saved.state, 'replay interrupted after')
  }

  private tryLoad(block: BlockRef, text: string, what: string): Origin | null {
    try {
      const from = what === 'checkpoint' ? `checkpoint of block ${block.number}` : `${what} block ${block.number}`
      return { state: this.strategy.load(this.market, text), base: block, from }
    } catch (error) {
      this.context.logger.warn('checkpoint', {
        market: this.market.id,
        notLoaded: messageOf(error),
        block: block.number,
      })
      return null
    }
  }
}
