import type { Address, Head } from '../../domain/chain.js'
import type { Settings } from '../../config/settings.js'

/** Blocks for which a liquidation by somebody else counts: a day on Ethereum. */
export const REMEMBERED_BLOCKS = 7_200

/** Whether others bid for the same positions: as the settings say, else while somebody else was seen lately. */
export class Contested {
  private lastAt = -Infinity

  constructor(
    private readonly mode: Settings['contested'],
    /** Executor and agent, where there are. */
    private readonly ours: readonly (Address | null)[],
  ) {}

  /** Somebody liquidated a position in this block. */
  saw(liquidator: Address | null, block: number): void {
    if (liquidator === null || !this.ours.includes(liquidator)) this.lastAt = Math.max(this.lastAt, block)
  }

  at({ number }: Pick<Head, 'number'>): boolean {
    if (this.mode !== 'learn') return this.mode === 'always'
    return number - this.lastAt <= REMEMBERED_BLOCKS
  }
}
