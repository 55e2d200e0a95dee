import type { Address, Hex } from '../../src/domain/chain.js'

/** What the process of the chain does for that of the keeper, and what it answers. Figures that JSON cannot hold are text. */
export interface Services {
  /** Everything the keeper's side must know. */
  describe: { readonly ask: null; readonly answer: Described }
  /** A signed `transmit` of a price of ether, 8 decimals; nobody has sent it. */
  transmit: { readonly ask: string; readonly answer: Transmit }
  /** One block. `first` are signed transactions that come before all others. */
  block: { readonly ask: { readonly first: readonly Hex[] }; readonly answer: Made }
  /** Swaps that bring the pools to the prices of the feeds, all in one block. */
  arbitrage: { readonly ask: null; readonly answer: number }
  /** Requests that the relays refused, by reason. */
  refused: { readonly ask: null; readonly answer: Readonly<Record<string, number>> }
}

export interface Described {
  /** Settings of a keeper. */
  readonly env: Readonly<Record<string, string>>
  readonly relayUrls: readonly string[]
  readonly executor: Address
  /** Uniswap's QuoterV2. */
  readonly quoter: Address
  readonly operatorKey: string
  /** Owns ether and nothing else; the executor does not obey it. */
  readonly strangerKey: string
  readonly positions: readonly Address[]
  /** 8 decimals. */
  readonly etherPrice: string
}

export interface Transmit {
  readonly raw: Hex
  /** The pending transaction in JSON, as a node announces it. */
  readonly body: string
}

export interface Made {
  readonly number: number
  /** What became of the bundles that were meant for it. */
  readonly bundles: readonly {
    readonly transactions: readonly string[]
    readonly landed: boolean
    readonly why: string
  }[]
}

/** A relay has read a whole body, at this time of the machine's monotonic clock. */
export interface Read {
  readonly read: string
  readonly atNs: string
}

export type Ask = {
  readonly [K in keyof Services]: { readonly id: number; readonly service: K; readonly ask: Services[K]['ask'] }
}[keyof Services]

export type Answer = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string }
