import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market, PositionId, Token } from '../../src/domain/market.js'
import type { MarketState } from '../../src/domain/strategy.js'
import type { InterestConfig, Totals } from './interest.js'
import type { AssetTerms } from './rules.js'

/** One collateral, in the order of the contract's asset infos. */
export interface Asset extends AssetTerms {
  readonly index: number
  readonly token: Token
  readonly feed: Address
  /** What the store front can sell: Comet.getCollateralReserves, raw units. A gift to the contract is seen at the next read. */
  reserves: bigint
}

/** Immutable in the implementation: an upgrade may change every field. */
export interface Config extends InterestConfig {
  readonly base: Token
  readonly baseFeed: Address
  readonly trackingIndexScale: bigint
  readonly storeFrontFactor: bigint
  readonly targetReserves: bigint
}

/** An account with collateral or debt. `held[i]` is its balance of asset i, raw units; absent ends are zero. */
export interface Account {
  /** Signed: negative is a debt. */
  principal: bigint
  readonly held: bigint[]
}

export interface Pauses {
  absorb: boolean
  buy: boolean
}

/** What is left to read because no event carries it. */
export interface Stale {
  parameters: boolean
  /** Some principal may have moved without an event that names its account: all are read again. */
  everyone: boolean
  readonly positions: Set<PositionId>
}

/** Where an event stood that may explain the next one, or be explained by it. */
export interface Place {
  readonly block: number
  readonly index: number
  readonly account: PositionId
  /** `base`: moved a balance by itself · `lone`: half of a transfer; `before` is what `everyone` was before it. */
  readonly kind: 'base' | 'lone'
  readonly before: boolean
}

export class CometState implements MarketState {
  readonly positions = new Map<PositionId, Account>()
  readonly stale: Stale = { parameters: false, everyone: false, positions: new Set() }
  readonly pauses: Pauses = { absorb: false, buy: false }
  assets: readonly Asset[] = []
  /** Base tokens that the contract holds. */
  baseBalance = 0n
  /** The block at whose end totals, reserves and pauses were read last. */
  readAt = -1
  last: Place | null = null
  /** Of the implementation's code at the start (`fingerprint.ts`). */
  fingerprint: Hex = `0x${'0'.repeat(64)}`
  /** The implementation changed and its code was not read yet, or is neither that of the start nor a recorded one: nothing is planned. */
  upgraded = false

  constructor(
    readonly market: Market,
    public config: Config,
    public totals: Totals,
  ) {}

  assetOf(token: Address): Asset | undefined {
    return this.assets.find((asset) => asset.token.address === token)
  }
}

export const heldOf = (account: Account, index: number): bigint => account.held[index] ?? 0n

export const hasCollateral = (account: Account): boolean => account.held.some((amount) => amount > 0n)

const STORE = 'store:'

/** The store front's stock of one collateral, seen as a position: it can be bought whenever it is for sale. */
export const storeId = (token: Address): PositionId => `${STORE}${token}`

/** The asset of a store-front position; null for an account. */
export function storeAsset(state: CometState, id: PositionId): Asset | null {
  if (!id.startsWith(STORE)) return null
  return state.assets.find(({ token }) => storeId(token.address) === id) ?? null
}
