import { ticksInside, type PoolReading } from './pool-state.js'

/** In what two readings of one pool differ, in a word; null when they agree in all that both of them know. Pure. */
export function differenceOf(held: PoolReading, read: PoolReading): string | null {
  if (held.sqrtPriceX96 !== read.sqrtPriceX96) return `price ${held.sqrtPriceX96}, not ${read.sqrtPriceX96}`
  if (held.tick !== read.tick) return `tick ${held.tick}, not ${read.tick}`
  if (held.liquidity !== read.liquidity) return `liquidity ${held.liquidity}, not ${read.liquidity}`
  const words = {
    firstWord: Math.max(held.firstWord, read.firstWord),
    lastWord: Math.min(held.lastWord, read.lastWord),
  }
  const theirs = new Map(ticksInside(read, words).map((tick) => [tick.index, tick]))
  for (const { index, liquidityNet, liquidityGross } of ticksInside(held, words)) {
    const other = theirs.get(index)
    const same = other?.liquidityNet === liquidityNet && other.liquidityGross === liquidityGross
    if (!same) return `tick ${index} of ${liquidityNet}, not ${other?.liquidityNet ?? 'none'}`
    theirs.delete(index)
  }
  const [missing] = theirs.keys()
  return missing === undefined ? null : `no tick ${missing}`
}
