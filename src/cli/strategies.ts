import { aaveV3 } from '../../strategies/aave-v3/strategy.js'
import { readCoverage } from '../../strategies/aave-v3/umbrella.js'
import { cometTargets } from '../../strategies/compound-v3/encode.js'
import { readStoreFront } from '../../strategies/compound-v3/store-front.js'
import { compoundV3 } from '../../strategies/compound-v3/strategy.js'
import { gebTargets } from '../../strategies/geb/purchase.js'
import { gebRefill } from '../../strategies/geb/refill.js'
import { geb } from '../../strategies/geb/strategy.js'
import { makerRefill } from '../../strategies/maker/refill.js'
import { takerTargets } from '../../strategies/maker/sale-plans.js'
import { maker } from '../../strategies/maker/strategy.js'
import type { CoverageReader } from '../auctions/coverage.js'
import type { RefillProtocol } from '../auctions/protocol.js'
import type { StoreFrontReader } from '../auctions/store-front.js'
import type { AuctionConfig } from '../config/auction-config.js'
import type { MarketFile } from '../config/market-file.js'
import type { Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import { AAVE_LIQUIDATION_CALL, type AllowedTarget } from '../execution/executor/deploy.js'

/** A strategy and what an executor must be allowed to do for its markets. */
interface Entry {
  readonly strategy: LiquidationStrategy
  readonly targets: (market: Market) => readonly AllowedTarget[]
  readonly lenders: (market: Market) => readonly Address[]
  /** Absent where the protocol has no auctions that we bid in. */
  readonly refill?: RefillProtocol
  /** Absent where nothing covers a reserve's deficit. */
  readonly coverage?: CoverageReader
  /** Absent where the protocol sells nothing at a fixed discount. */
  readonly store?: StoreFrontReader
}

const poolOf = (market: Market): Address[] => [market.contracts['pool']].filter((pool) => pool !== undefined)

/** Every protocol this keeper knows; a new one is added here. */
const STRATEGIES: readonly Entry[] = [
  {
    strategy: aaveV3,
    targets: (market) => poolOf(market).map((target) => ({ target, selector: AAVE_LIQUIDATION_CALL })),
    lenders: poolOf,
    coverage: readCoverage,
  },
  {
    strategy: compoundV3,
    targets: ({ contracts: { comet } }) => (comet === undefined ? [] : cometTargets(comet)),
    lenders: () => [],
    store: readStoreFront,
  },
  { strategy: geb, targets: gebTargets, lenders: () => [], refill: gebRefill },
  {
    strategy: maker,
    targets: ({ contracts: { taker } }) => takerTargets(taker),
    lenders: () => [],
    refill: makerRefill,
  },
]

/** A market of the file with the strategy that understands it and the permissions it needs. */
export interface KnownMarket {
  readonly market: Market
  readonly strategy: LiquidationStrategy
  readonly targets: readonly AllowedTarget[]
  readonly lenders: readonly Address[]
  readonly refill: RefillProtocol | null
  readonly coverage: CoverageReader | null
  readonly store: StoreFrontReader | null
  /** How its auctions are bid in; null where the market file does not say. */
  readonly auctions: AuctionConfig | null
}

/**
 * The markets of a file. Throws `SettingsError('MARKETS_FILE')` for a strategy that this keeper does not have and for a
 * contract that the strategy needs and the file does not name.
 */
export function marketsOf(file: MarketFile): KnownMarket[] {
  return file.markets.map((config) => {
    const entry = STRATEGIES.find(({ strategy }) => strategy.id === config.strategy)
    if (entry === undefined) {
      const known = STRATEGIES.map(({ strategy }) => strategy.id).join(', ')
      throw new SettingsError('MARKETS_FILE', `market ${config.id}: no strategy "${config.strategy}" (known: ${known})`)
    }
    const missing = entry.strategy.contracts.filter((name) => config.contracts[name] === undefined)
    if (missing.length > 0)
      throw new SettingsError('MARKETS_FILE', `market ${config.id} does not name its ${missing.join(', ')}`)
    const market: Market = { ...config, chainId: file.chain.id }
    return {
      market,
      strategy: entry.strategy,
      targets: entry.targets(market),
      lenders: entry.lenders(market),
      refill: entry.refill ?? null,
      coverage: entry.coverage ?? null,
      store: entry.store ?? null,
      auctions: config.auctions ?? null,
    }
  })
}
