import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { MarketState } from '../../src/domain/strategy.js'
import type { DustRule } from './maths.js'

/** `SAFEEngine.safes(cType, safe)`, wad. */
export interface Safe {
  readonly locked: bigint
  readonly debt: bigint
}

/** What liquidations turn on beside the SAFE itself, as the contracts hold it. */
export interface GebParameters {
  /** `cData.accumulatedRate`, ray. */
  rate: bigint
  /** `cData.liquidationPrice`, ray; zero while the oracle has no valid price: nothing can be liquidated then. */
  liquidationPrice: bigint
  /** Rad. */
  debtFloor: bigint
  /** Wad. */
  penalty: bigint
  /** Rad. */
  quantity: bigint
  onAuctionLimit: bigint
  onAuction: bigint
  /** How the deployed engine liquidates; its code tells. */
  dust: DustRule
  /** False after the shutdown of the liquidation engine. */
  enabled: boolean
}

/** The replica of one collateral type. A SAFE with neither collateral nor debt is not kept. */
export class GebState implements MarketState {
  readonly safes = new Map<PositionId, Safe>()
  /** Who may come between a liquidation and its auction, by the SAFEs that have chosen one. */
  readonly saviours = new Map<PositionId, Address>()
  /** Parameters that an event only announced, or SAFEs that are unknown: read again by `refresh`. */
  stale = false

  constructor(
    readonly market: Market,
    readonly cType: Hex,
    readonly parameters: GebParameters,
    readonly collateralSymbol: string,
  ) {}
}
