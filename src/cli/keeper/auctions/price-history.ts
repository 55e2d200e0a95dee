import type { ChainConfig } from '../../../config/market-file.js'
import type { Address, Head, Reader } from '../../../domain/chain.js'
import { PoolLoader } from '../../../profit/pool-loader.js'
import { venuesOf } from '../../../profit/venues.js'
import { secondsPerBlock } from '../order-lifetime.js'
import { Exits } from './exits.js'

/** Blocks that are looked at, and how far back: a node without an archive still has the state of so many. */
const SAMPLES = 8
const MOST_BLOCKS = 100

export interface HistoryAsk {
  readonly reader: Reader
  readonly chain: ChainConfig
  readonly tokens: readonly Address[]
  readonly pay: Address
  readonly head: Head
  /** No block before this one is asked for. */
  readonly first: number
  readonly windowSeconds: bigint
  /** Pay tokens that a sale is asked for with: the size of a bid. */
  readonly coins: bigint
}

/** Prices of a block before the head; `at` is its time as the chain's pace has it. */
export interface PastPrices {
  readonly at: bigint
  readonly prices: ReadonlyMap<Address, bigint>
}

/**
 * What the pools said in the blocks before `head`, the oldest first: a keeper that has just started has witnesses of its own
 * for no price. Never rejects: blocks that the node does not tell are left out, and what then lacks is waited for.
 */
export async function pricesBefore(ask: HistoryAsk): Promise<PastPrices[]> {
  const { reader, chain, tokens, pay, head, coins } = ask
  const seconds = secondsPerBlock(chain)
  const sales = tokens.map((token) => ({ collateral: { address: token }, debt: { address: pay } }))
  // of its own: what is absent in an old block must not count as absent now
  const pools = new PoolLoader(venuesOf(chain), chain)
  const found: PastPrices[] = []
  for (const back of distances(ask, seconds)) {
    try {
      const exits = new Exits(await pools.load(reader, sales, head.number - back), chain.wrappedNative, pay)
      const prices = tokens.flatMap((token): [Address, bigint][] => {
        const price = exits.price(token, coins)
        return price === null ? [] : [[token, price]]
      })
      found.unshift({ at: head.timestamp - BigInt(back * seconds), prices: new Map(prices) })
    } catch {
      // the state of this block is pruned, and of all before it
      break
    }
  }
  return found
}

/** How many blocks back each sample lies, the nearest first. */
function distances({ head, first, windowSeconds }: HistoryAsk, seconds: number): number[] {
  const span = Math.min(MOST_BLOCKS, Math.floor(Number(windowSeconds) / seconds), head.number - first)
  const step = Math.max(1, Math.floor(span / SAMPLES))
  return Array.from({ length: SAMPLES }, (_, i) => (i + 1) * step).filter((back) => back <= span)
}
