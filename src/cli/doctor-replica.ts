import type { ChainReader } from '../chain/reader.js'
import type { MarketFile } from '../config/market-file.js'
import type { FeedId, PriceView } from '../domain/prices.js'
import type { LiquidationStrategy, MarketState, ReserveInfo } from '../domain/strategy.js'
import type { MarketIndexer } from '../indexer/market-indexer.js'
import { describeTree, type TreeLine } from '../oracle/describe-tree.js'
import type { PriceNode } from '../oracle/tree.js'
import { PoolLoader } from '../profit/pool-loader.js'
import { dollarPrice } from '../profit/valuation.js'
import { venuesOf } from '../profit/venues.js'
import { exitDepthBase } from './exit-depth.js'

/** A price that no event gives, and the debt (USD with 8 decimals) of the positions that hold something priced by it. */
export interface OpaqueFeed {
  readonly market: string
  readonly feed: FeedId
  readonly symbol: string
  readonly source: string
  readonly why: string
  readonly debtBase: bigint
}

/** How a price comes about, from the source down to the rounds. */
export interface PriceTree {
  readonly market: string
  readonly feed: FeedId
  readonly symbol: string
  /** Base currency. */
  readonly value: bigint
  readonly debtBase: bigint
  readonly tree: PriceNode
  readonly lines: readonly TreeLine[]
}

export interface ExitDepth {
  readonly market: string
  readonly symbol: string
  readonly token: string
  /** What can be sold for the wrapped native token within MAX_EXIT_SHORTFALL_BPS; null for that token itself. */
  readonly depthBase: bigint | null
  /** Debt of the positions that hold this collateral, USD with 8 decimals. */
  readonly debtBase: bigint
}

/** Debt per feed: each position's whole debt counts for every collateral feed it leans on. Pure. */
export function debtByFeed(strategy: LiquidationStrategy, state: MarketState, view: PriceView): Map<FeedId, bigint> {
  // rows first: they bring the slots into being that the weights then describe
  const rows = strategy.rows(state, strategy.positions(state))
  const { slots } = strategy.weights(state, view)
  const sums = new Map<FeedId, bigint>()
  for (const { position, entries } of rows) {
    const feeds = new Set<FeedId>()
    for (const { slot } of entries) {
      const { kind, feed } = slots[slot] ?? { kind: 'constant', feed: null }
      if (kind === 'collateral' && feed !== null) feeds.add(feed)
    }
    const { debtBase } = strategy.solvency(state, position, view)
    for (const feed of feeds) sums.set(feed, (sums.get(feed) ?? 0n) + debtBase)
  }
  return sums
}

const viewOf = (indexer: MarketIndexer): PriceView => {
  const { book, tip } = indexer.replica
  return book.view(tip.number, tip.timestamp)
}

/** Every price source: explained by a tree, or opaque and asked for at every block; the largest debt first. */
export function priceSources(indexer: MarketIndexer): { trees: PriceTree[]; opaque: OpaqueFeed[] } {
  const { strategy, replica, market } = indexer
  const { book, tip } = replica
  const debts = debtByFeed(strategy, replica.state, viewOf(indexer))
  const trees: PriceTree[] = []
  const opaque: OpaqueFeed[] = []
  for (const { feed, symbol, source, kind, value } of book.explain(tip.timestamp)) {
    const common = { market: market.id, feed, symbol, debtBase: debts.get(feed) ?? 0n }
    if (kind.by === 'asking') opaque.push({ ...common, source, why: kind.why })
    else {
      const lines = describeTree(kind.tree, book.leaves, tip.timestamp)
      trees.push({ ...common, value, tree: kind.tree, lines })
    }
  }
  const byDebt = (a: { debtBase: bigint }, b: { debtBase: bigint }): number => (a.debtBase < b.debtBase ? 1 : -1)
  return { trees: trees.sort(byDebt), opaque: opaque.sort(byDebt) }
}

/** How much of each collateral can leave through the pools of the market file. Reads pools at the replica's block. */
export async function exitDepths(
  indexer: MarketIndexer,
  reader: ChainReader,
  chain: MarketFile['chain'],
  maxLossBps: number,
): Promise<ExitDepth[]> {
  const { strategy, replica, market } = indexer
  const view = viewOf(indexer)
  const reserves = strategy.reserves(replica.state)
  const debts = debtByFeed(strategy, replica.state, view)
  const native = reserves.find(({ token }) => token.address === chain.wrappedNative)
  const used = reserves.filter(({ feed }) => (debts.get(feed) ?? 0n) > 0n)
  if (native === undefined) return []
  const pairs = used.map(({ token }) => ({ collateral: token, debt: native.token }))
  const book = await new PoolLoader(venuesOf(chain), chain).load(reader, pairs, replica.tip.number)
  const side = (reserve: ReserveInfo) => ({
    token: reserve.token.address,
    unit: 10n ** BigInt(reserve.token.decimals),
    price: dollarPrice(reserve, view),
  })
  return used.map((reserve) => ({
    market: market.id,
    symbol: reserve.token.symbol,
    token: reserve.token.address,
    depthBase:
      reserve === native
        ? null
        : exitDepthBase(book, { ...side(reserve), into: side(native), hops: chain.hops, maxLossBps }),
    debtBase: debts.get(reserve.feed) ?? 0n,
  }))
}
