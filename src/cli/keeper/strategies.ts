import type { MarketConfig, MarketFile } from '../../config/market-file.js'
import { SettingsError } from '../../domain/errors.js'
import type { Market } from '../../domain/market.js'
import type { LiquidationStrategy } from '../../domain/strategy.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'

/** Every protocol the keeper knows. One line per folder in `strategies/`. */
const STRATEGIES: readonly LiquidationStrategy[] = [aaveV3]

export interface ConfiguredMarket {
  readonly market: Market
  readonly strategy: LiquidationStrategy
}

/** The markets of a file with their strategies. Throws `SettingsError('MARKETS_FILE')` for an unknown one or a missing address. */
export function marketsOf(file: MarketFile): readonly ConfiguredMarket[] {
  return file.markets.map((config) => ({
    market: marketOf(config, file.chain.id),
    strategy: strategyOf(config),
  }))
}

function strategyOf(config: MarketConfig): LiquidationStrategy {
  const strategy = STRATEGIES.find(({ id }) => id === config.strategy)
  if (strategy === undefined) {
    const known = STRATEGIES.map(({ id }) => id).join(', ')
    throw new SettingsError('MARKETS_FILE', `market ${config.id}: no strategy ${config.strategy}; known: ${known}`)
  }
  const missing = strategy.contracts.filter((name) => config.contracts[name] === undefined)
  if (missing.length === 0) return strategy
  throw new SettingsError('MARKETS_FILE', `market ${config.id} names no contract ${missing.join(', ')}`)
}

function marketOf(config: MarketConfig, chainId: number): Market {
  const { id, strategy, contracts, deployBlock, implementationCodeHashes } = config
  return { id, strategy, chainId, contracts, deployBlock, implementationCodeHashes }
}
