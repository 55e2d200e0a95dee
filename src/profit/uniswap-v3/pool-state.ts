import type { Address } from '../../domain/chain.js'
import { MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrtPriceAtTick } from './tick-price.js'

/** One word of a pool's tick bitmap. */
export const TICKS_PER_WORD = 256

export interface InitialisedTick {
  readonly index: number
  /** Added to the liquidity when the price crosses the tick upwards, taken away downwards. */
  readonly liquidityNet: bigint
  /** Of all positions that end here: the tick is initialised while it is above zero. */
  readonly liquidityGross?: bigint
}

/** What was read of a pool at one block. `ticks` are all initialised ticks of the bitmap words [firstWord, lastWord]. */
export interface PoolReading {
  readonly address: Address
  readonly token0: Address
  readonly token1: Address
  /** Millionths of the input. */
  readonly fee: bigint
  /** Where it differs: the fee of a swap that moves the price up, token1 for token0. */
  readonly feeUp?: bigint
  /** True for Uniswap v4, which spends all input also where rounding ends a step on its target. */
  readonly spendsAll?: boolean
  readonly tickSpacing: number
  readonly sqrtPriceX96: bigint
  readonly tick: number
  readonly liquidity: bigint
  readonly ticks: readonly InitialisedTick[]
  readonly firstWord: number
  readonly lastWord: number
}

/** A price at which the contract's swap loop pauses: an initialised tick, or the end of a bitmap word. */
export interface Stop {
  readonly tick: number
  readonly sqrtPriceX96: bigint
  readonly initialised: boolean
  readonly liquidityNet: bigint
  /** The end of all prices: the swap stops here whatever is left. */
  readonly last: boolean
}

/**
 * A pool ready for quotes. The loop of the contract rounds at every stop, also at word ends where nothing is
 * initialised, and those differ by direction: a word's first tick downwards, its last tick upwards.
 */
export interface PoolState extends Omit<PoolReading, 'ticks' | 'firstWord' | 'lastWord'> {
  readonly stopsDown: readonly Stop[]
  readonly stopsUp: readonly Stop[]
}

/** The bitmap word that holds `tick`. */
export const wordOf = (tick: number, spacing: number): number => Math.floor(Math.floor(tick / spacing) / TICKS_PER_WORD)

/** The initialised ticks of these words. */
export const ticksInside = (
  { ticks, tickSpacing }: Pick<PoolReading, 'ticks' | 'tickSpacing'>,
  { firstWord, lastWord }: Pick<PoolReading, 'firstWord' | 'lastWord'>,
): readonly InitialisedTick[] =>
  ticks.filter(({ index }) => wordOf(index, tickSpacing) >= firstWord && wordOf(index, tickSpacing) <= lastWord)

/** Prepares a reading for quotes. Throws `RangeError` for a reading that no pool can have. */
export function poolState(reading: PoolReading): PoolState {
  const { ticks, firstWord, lastWord, ...rest } = reading
  if (rest.liquidity < 0n || rest.tickSpacing < 1) throw new RangeError(`pool ${rest.address}: impossible reading`)
  const nets = new Map(ticks.map((t) => [t.index, t.liquidityNet]))
  const starts: number[] = []
  const ends: number[] = []
  for (let word = firstWord; word <= lastWord; word++) {
    starts.push(word * TICKS_PER_WORD * rest.tickSpacing)
    ends.push((word * TICKS_PER_WORD + TICKS_PER_WORD - 1) * rest.tickSpacing)
  }
  return { ...rest, stopsDown: stopsOf(starts, nets), stopsUp: stopsOf(ends, nets) }
}

function stopsOf(wordEnds: readonly number[], nets: ReadonlyMap<number, bigint>): Stop[] {
  const clamped = wordEnds.map((tick) => Math.min(MAX_TICK, Math.max(MIN_TICK, tick)))
  const ticks = [...new Set([...nets.keys(), ...clamped])].sort((a, b) => a - b)
  return ticks.map((tick) => ({
    tick,
    sqrtPriceX96: limited(sqrtPriceAtTick(tick)),
    initialised: nets.has(tick),
    liquidityNet: nets.get(tick) ?? 0n,
    last: tick === MIN_TICK || tick === MAX_TICK,
  }))
}

/** A swap may use any price strictly between the two bounds. */
function limited(price: bigint): bigint {
  if (price <= MIN_SQRT_RATIO) return MIN_SQRT_RATIO + 1n
  return price >= MAX_SQRT_RATIO ? MAX_SQRT_RATIO - 1n : price
}
