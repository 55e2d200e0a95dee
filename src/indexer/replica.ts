import type { BlockRef, LogFilter, RawLog } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { Delta, LiquidationStrategy, MarketState } from '../domain/strategy.js'
import { matcher } from '../chain/log-filter.js'
import type { PriceBook } from '../oracle/price-book.js'

/** What a change of the replica touched, for the scan. */
export interface Effect {
  readonly touched: Set<PositionId>
  parameters: boolean
}

export const noEffect = (): Effect => ({ touched: new Set(), parameters: false })

interface AppliedBlock {
  readonly ref: BlockRef
  readonly deltas: Delta[]
}

/** Whether feeds and filters may be others after this change. */
export const movesSources = ({ parameters, sources }: Delta): boolean => sources ?? parameters

/** Undoing more blocks than this is not a reorg any more: the market starts anew. */
const DEEPEST_UNDO = 8_192

/**
 * One market's state and prices at `tip`, with the way back: every block's deltas are kept until it is final. No I/O;
 * a failure while a block is taken is undone by `abandon`.
 */
export class Replica {
  /** Ascending; their parents are each other, except where a range of blocks was taken as one. */
  private blocks: AppliedBlock[] = []
  private wanted: (log: RawLog) => boolean = () => false
  private moves = 0
  private filterText = ''
  private current: readonly LogFilter[] = []

  constructor(
    readonly strategy: LiquidationStrategy,
    readonly state: MarketState,
    readonly book: PriceBook,
    private base: BlockRef,
  ) {
    this.book.sync(strategy.feeds(state))
    this.refreshFilters()
  }

  get tip(): BlockRef {
    return this.blocks.at(-1)?.ref ?? this.base
  }

  /** Another number after every change of state or tip. */
  get version(): number {
    return this.moves
  }

  /** Blocks that can still be undone. */
  get undoable(): number {
    return this.blocks.length
  }

  get filters(): readonly LogFilter[] {
    return this.current
  }

  /** Starts a block, or a range of blocks that ends with it. */
  open(ref: BlockRef): void {
    this.moves++
    this.blocks.push({ ref, deltas: [] })
  }

  wants(log: RawLog): boolean {
    return this.wanted(log)
  }

  /** Reduces one log of the open block. True when the filters changed: logs of the same block may be missing. */
  take(log: RawLog, effect: Effect): boolean {
    const delta = this.strategy.reduce(this.state, log)
    this.extend(delta, effect)
    this.extend(this.book.reduce(log), effect)
    if (!movesSources(delta)) return false
    this.book.sync(this.strategy.feeds(this.state))
    return this.refreshFilters()
  }

  /**
   * What was reduced without an open block is the state at `ref`, which is final: nothing of it can be undone. Throws
   * `KeeperError('replica-undoable')` when blocks above the base can.
   */
  settle(ref: BlockRef): void {
    if (this.blocks.length > 0)
      throw new KeeperError('replica-undoable', `block ${ref.number} cannot be settled under undoable ones`)
    this.moves++
    this.base = ref
  }

  /** Adds a change that no log announced (a re-read) to the block it was read at, the tip. */
  extend(delta: Delta, effect: Effect): void {
    this.moves++
    // without an undoable block there is nothing a reorg could take back: the base is then below any of them
    this.blocks.at(-1)?.deltas.push(delta)
    for (const position of delta.touched) effect.touched.add(position)
    effect.parameters ||= delta.parameters
  }

  /** Like `extend`, for what was read anew: feeds and filters follow. */
  adopt(delta: Delta, effect: Effect): void {
    this.extend(delta, effect)
    if (!movesSources(delta)) return
    this.book.sync(this.strategy.feeds(this.state))
    this.refreshFilters()
  }

  /** Undoes the open block after a failure: the state is that of the block before. */
  abandon(effect: Effect): void {
    this.moves++
    const block = this.blocks.pop()
    if (block) this.undo(block, effect)
  }

  /**
   * Undoes blocks until `ancestor` is the tip, or until the tip lies below it (the market is behind, not wrong). Blocks
   * below it that are orphans are undone too: a change that failed half-way may have left some. False when `ancestor` is
   * older than what can be undone: then the market must start anew; nothing has been changed.
   */
  rewindTo(ancestor: BlockRef, effect: Effect, isOrphan: (ref: BlockRef) => boolean): boolean {
    const orphan = this.blocks.findIndex(({ ref }) => isOrphan(ref))
    const sound = orphan < 0 ? this.blocks : this.blocks.slice(0, orphan)
    const keep = sound.findLastIndex(({ ref }) => ref.hash === ancestor.hash || ref.number < ancestor.number)
    if (keep < 0 && this.base.hash !== ancestor.hash && this.base.number >= ancestor.number) return false
    this.moves++
    const undone = this.blocks.splice(keep + 1).reverse()
    for (const block of undone) this.undo(block, effect)
    return true
  }

  /** Forgets how to undo blocks that are final. */
  prune(finalNumber: number): void {
    const last = this.blocks.findLastIndex(({ ref }) => ref.number <= finalNumber)
    const tooMany = this.blocks.length - DEEPEST_UNDO
    const drop = Math.max(last + 1, tooMany)
    const [newBase] = drop > 0 ? this.blocks.slice(drop - 1, drop) : []
    if (!newBase) return
    this.base = newBase.ref
    this.blocks.splice(0, drop)
  }

  /** Recomputes filters after prices were resolved. True when something new is wanted. */
  refreshFilters(): boolean {
    const filters = [...this.strategy.filters(this.state), ...this.book.filters()]
    const text = JSON.stringify(filters)
    if (text === this.filterText) return false
    this.filterText = text
    this.current = filters
    this.wanted = matcher(filters)
    return true
  }

  private undo(block: AppliedBlock, effect: Effect): void {
    let parameters = false
    let sources = false
    for (const delta of block.deltas.reverse()) {
      delta.undo()
      for (const position of delta.touched) effect.touched.add(position)
      parameters ||= delta.parameters
      sources ||= movesSources(delta)
    }
    effect.parameters ||= parameters
    if (!sources) return
    this.book.sync(this.strategy.feeds(this.state))
    this.refreshFilters()
  }
}
