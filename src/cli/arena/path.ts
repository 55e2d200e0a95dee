import { OPENING_PRICES, type TokenSymbol } from '../../devnet/catalogue.js'
import { Random } from '../../devnet/positions/random.js'
import type { Channel } from '../../oracle/source.js'

/** One report of the crash: what it says, and how the world hears of it. */
export interface Move {
  readonly symbol: TokenSymbol
  readonly price8: bigint
  readonly channel: Channel
}

const CHANNELS: readonly Channel[] = ['hint', 'transmit', 'round']
/** Bitcoin's feed is the auctioned one; ether's reports are public. */
const FEED_OF: Readonly<Record<Channel, readonly TokenSymbol[]>> = {
  hint: ['WBTC'],
  transmit: ['WETH'],
  round: ['WETH', 'WBTC'],
}
/** Least and most by which a report is below the one before it, basis points. */
const FALL_BPS = [350, 650] as const

/** A seeded fall: as many moves of each channel, in an order of its own. */
export function crashPath(moves: number, seed: number): Move[] {
  const random = new Random(seed)
  const prices: Partial<Record<TokenSymbol, bigint>> = {}
  const path: Move[] = []
  let rounds = 0
  while (path.length < moves) {
    const left = [...CHANNELS]
    while (left.length > 0 && path.length < moves) {
      const [channel = 'round'] = left.splice(Math.floor(random.next() * left.length), 1)
      const feeds = FEED_OF[channel]
      const symbol = (channel === 'round' ? feeds[rounds++ % feeds.length] : feeds[0]) ?? 'WETH'
      const fall = BigInt(Math.round(FALL_BPS[0] + random.next() * (FALL_BPS[1] - FALL_BPS[0])))
      const price8 = ((prices[symbol] ?? OPENING_PRICES[symbol]) * (10_000n - fall)) / 10_000n
      prices[symbol] = price8
      path.push({ symbol, price8, channel })
    }
  }
  return path
}
