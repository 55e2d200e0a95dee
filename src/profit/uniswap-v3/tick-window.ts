import { MAX_TICK, MIN_TICK } from './tick-price.js'
import { TICKS_PER_WORD, wordOf } from './pool-state.js'

/** How far from the current tick liquidity is read: 4,000 ticks are a price 1.49 times higher or lower. */
export const REACH_TICKS = 4_000

export interface WordWindow {
  readonly firstWord: number
  readonly lastWord: number
}

/** The bitmap words that reach `REACH_TICKS` to both sides of `tick`. */
export function windowAround(tick: number, spacing: number): WordWindow {
  return {
    firstWord: wordOf(Math.max(MIN_TICK, tick - REACH_TICKS), spacing),
    lastWord: wordOf(Math.min(MAX_TICK, tick + REACH_TICKS), spacing),
  }
}

/** True while `tick` is far enough from the window's edges that half the reach is left on both sides. */
export function stillCovers(window: WordWindow, tick: number, spacing: number): boolean {
  const low = wordOf(Math.max(MIN_TICK, tick - REACH_TICKS / 2), spacing)
  const high = wordOf(Math.min(MAX_TICK, tick + REACH_TICKS / 2), spacing)
  return low >= window.firstWord && high <= window.lastWord
}

/** The initialised ticks of one bitmap word: bit b of word w is tick (256·w + b) · spacing. */
export function ticksOfWord(word: number, bits: bigint, spacing: number): number[] {
  const ticks: number[] = []
  for (let bit = 0; bit < TICKS_PER_WORD && bits >> BigInt(bit) !== 0n; bit++) {
    if (((bits >> BigInt(bit)) & 1n) === 1n) ticks.push((word * TICKS_PER_WORD + bit) * spacing)
  }
  return ticks
}
