import type { Hex } from '../../src/domain/chain.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { MarketState } from '../../src/domain/strategy.js'
import type { BarkTerms, Urn } from './dog.js'

/** What liquidations of one ilk turn on beside the vault itself, as Vat, Dog and Clip hold it. */
export interface MakerParameters extends BarkTerms {
  /** Clip: 0 runs; from 1 on no auction is started. */
  readonly stopped: bigint
  /** What starting an auction pays: rad, and a share of the target in wad. */
  readonly tip: bigint
  readonly chip: bigint
  /** False after the Dog's shutdown. */
  readonly live: boolean
}

/** The replica of one ilk. A vault with neither collateral nor debt is not kept. */
export class MakerState implements MarketState {
  readonly urns = new Map<PositionId, Urn>()
  /** Parameters that an event only announced: read again by `refresh`. */
  stale = false

  constructor(
    readonly market: Market,
    readonly ilk: Hex,
    public parameters: MakerParameters,
    readonly collateralSymbol: string,
  ) {}
}
