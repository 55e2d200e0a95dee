import type { BlockRef, Hex, RawLog } from '../../domain/chain.js'
import { poolEventOf, type PoolEvent } from './pool-events.js'
import { poolState, wordOf, type InitialisedTick, type PoolReading, type PoolState } from './pool-state.js'
import { agree } from './read-pools.js'
import { stillCovers } from './tick-window.js'

/** A pool as one block left it; never changed. */
interface Moment {
  readonly block: number
  readonly hash: Hex
  readonly sqrtPriceX96: bigint
  readonly liquidity: bigint
  readonly tick: number
  readonly ticks: ReadonlyMap<number, Amounts>
}

interface Amounts {
  readonly gross: bigint
  readonly net: bigint
}

/** Blocks that can be undone. */
export const UNDOABLE_BLOCKS = 64

/**
 * A pool that was read once and is followed by its events since. Every block that changed it leaves a moment of its own, so
 * that a reorg is undone by forgetting moments.
 *
 *   read at 100 ─ Swap in 101 ─ Mint in 104 ─ Swap in 105        105 is replaced: back to 104, then the new 105
 */
export class PoolReplica {
  private readonly moments: Moment[]
  /** Prices of stops are worked out anew only where a tick came or went. */
  private prepared: { readonly moment: Moment; readonly state: PoolState } | null = null

  /** `reading` is of `at`, with the gross liquidity of its ticks. */
  constructor(
    private readonly reading: PoolReading,
    at: Pick<BlockRef, 'number' | 'hash'>,
  ) {
    const { sqrtPriceX96, liquidity, tick } = reading
    const ticks = new Map(reading.ticks.map((t) => [t.index, { gross: t.liquidityGross ?? 0n, net: t.liquidityNet }]))
    this.moments = [{ block: at.number, hash: at.hash, sqrtPriceX96, liquidity, tick, ticks }]
  }

  /** True while enough of the ticks around the price is known; else the pool must be read again. */
  get covers(): boolean {
    return stillCovers(this.reading, this.now.tick, this.reading.tickSpacing)
  }

  /** What would be read of it after the last block. */
  get held(): PoolReading {
    const { sqrtPriceX96, liquidity, tick } = this.now
    return { ...this.reading, sqrtPriceX96, liquidity, tick, ticks: ticksOf(this.now) }
  }

  /** As the last block left it. */
  get state(): PoolState {
    const { now, prepared } = this
    if (prepared?.moment === now) return prepared.state
    const { sqrtPriceX96, liquidity, tick } = now
    const state: PoolState =
      prepared !== null && prepared.moment.ticks === now.ticks
        ? { ...prepared.state, sqrtPriceX96, liquidity, tick }
        : poolState(this.held)
    this.prepared = { moment: now, state }
    return state
  }

  /** Forgets every block above `number`; false when the pool was read in one of them. */
  backTo(number: number): boolean {
    while (this.now.block > number && this.moments.length > 1) this.moments.pop()
    return this.now.block <= number
  }

  /**
   * Takes the pool's logs of one block, in their order. False when they do not fit what is known: a log is missing or wrong,
   * and the pool must be read again.
   */
  take({ number, hash }: Pick<BlockRef, 'number' | 'hash'>, logs: readonly RawLog[]): boolean {
    let next: Moment | null = { ...this.now, block: number, hash }
    for (const log of logs) {
      const event = eventOf(log)
      if (event === 'broken') return false
      if (event !== null && next !== null) next = event.kind === 'price' ? moved(next, event) : this.ranged(next, event)
      if (next === null) return false
    }
    this.moments.push(next)
    if (this.moments.length > UNDOABLE_BLOCKS) this.moments.shift()
    return true
  }

  private get now(): Moment {
    const now = this.moments.at(-1)
    if (now === undefined) throw new RangeError('a replica has at least one moment')
    return now
  }

  /** `Tick.update` at both ends, inside the words that were read; null where a tick would hold less than nothing. */
  private ranged(moment: Moment, { low, high, change }: Extract<PoolEvent, { kind: 'range' }>): Moment | null {
    if (low >= high) return null
    const ticks = new Map(moment.ticks)
    for (const [index, net] of [
      [low, change],
      [high, -change],
    ] as const) {
      const word = wordOf(index, this.reading.tickSpacing)
      if (change === 0n || word < this.reading.firstWord || word > this.reading.lastWord) continue
      const before = ticks.get(index) ?? { gross: 0n, net: 0n }
      const gross = before.gross + change
      if (gross < 0n) return null
      if (gross === 0n) ticks.delete(index)
      else ticks.set(index, { gross, net: before.net + net })
    }
    const inside = low <= moment.tick && moment.tick < high
    const liquidity = inside ? moment.liquidity + change : moment.liquidity
    return liquidity < 0n ? null : { ...moment, liquidity, ticks: change === 0n ? moment.ticks : ticks }
  }
}

/** A swap tells price, tick and liquidity; the ticks between must make up for the difference in liquidity. */
function moved(
  moment: Moment,
  { sqrtPriceX96, liquidity, tick }: Extract<PoolEvent, { kind: 'price' }>,
): Moment | null {
  if (!agree(sqrtPriceX96, tick)) return null
  const [from, to] = moment.tick < tick ? [moment.tick, tick] : [tick, moment.tick]
  let crossed = 0n
  for (const [index, { net }] of moment.ticks) if (index > from && index <= to) crossed += net
  const expected = moment.tick < tick ? moment.liquidity + crossed : moment.liquidity - crossed
  return expected === liquidity ? { ...moment, sqrtPriceX96, liquidity, tick } : null
}

function eventOf(log: RawLog): PoolEvent | null | 'broken' {
  try {
    return poolEventOf(log)
  } catch {
    return 'broken'
  }
}

const ticksOf = ({ ticks }: Moment): InitialisedTick[] =>
  [...ticks]
    .map(([index, { gross, net }]) => ({ index, liquidityNet: net, liquidityGross: gross }))
    .sort((a, b) => a.index - b.index)
