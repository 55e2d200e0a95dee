import type { Address } from '../../domain/chain.js'

/** A reserve as a rival reads it. */
export interface RivalReserve {
  readonly symbol: string
  readonly asset: Address
  readonly aToken: Address
  readonly debtToken: Address
  readonly decimals: number
}

/** All that a rival is told. What it does with it is its own: no line of the keeper's decisions is in it. */
export interface RivalBrief {
  readonly name: string
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly relayUrls: readonly string[]
  /** The relay that takes `mev_sendBundle`. */
  readonly shareUrl: string
  readonly streamUrl: string
  /** A deployment of the same executor contract, of its own. */
  readonly executor: Address
  /** One transaction per key and block. */
  readonly keys: readonly string[]
  readonly authKey: string
  readonly chainId: number
  readonly pool: Address
  readonly oracle: Address
  readonly weth: Address
  readonly reserves: readonly RivalReserve[]
  /** Uniswap v3 pools, the deepest of each pair first. */
  readonly pools: readonly { readonly address: Address; readonly tokens: readonly [Address, Address] }[]
  readonly borrowers: readonly Address[]
  readonly aggregators: readonly Address[]
  /** Share of the gain that it bids. */
  readonly bidBps: number
  /** Whom it turns to first: the largest debt, the smallest, or the lowest health factor. */
  readonly first: 'debt' | 'crumbs' | 'factor'
  /** Parts of the debt that it tries, percent, the best one counts. */
  readonly sizes: readonly number[]
}

/** What it says on stdout, one JSON object a line: the head that it knows, and how much news it has not worked through. */
export interface RivalLine {
  readonly head: number
  readonly waiting: number
}
