import type { LogFilter, RawLog } from '../../src/domain/chain.js'
import type { Delta } from '../../src/domain/strategy.js'
import { Changes } from './changes.js'
import {
  CONFIGURATOR_TOPICS,
  ORACLE_TOPICS,
  PROVIDER_TOPICS,
  reduceConfigurator,
  reduceOracle,
  reduceProvider,
} from './reduce-configuration.js'
import { POOL_TOPICS, reducePool } from './reduce-pool.js'
import { reduceToken } from './reduce-tokens.js'
import { SENTINEL_TOPIC, TOKEN_TOPIC } from './signatures.js'
import { type AaveState, ZERO_ADDRESS } from './state.js'
import { contractOf } from './contracts.js'

/** Applies one log; logs of other contracts or events leave the state as it is. */
export function reduceLog(state: AaveState, log: RawLog): Delta {
  const changes = new Changes(state)
  const role = state.tokens.get(log.address)
  if (role !== undefined) reduceToken(changes, role, log)
  else if (log.address === contractOf(state.market, 'pool')) reducePool(changes, log)
  else if (log.address === contractOf(state.market, 'configurator')) reduceConfigurator(changes, log)
  else if (log.address === state.oracle) reduceOracle(changes, log)
  else if (log.address === contractOf(state.market, 'addressesProvider')) reduceProvider(changes, log)
  else reduceSentinel(changes, log)
  return changes
}

/** The sequencer went up or down, or the sentinel was set up anew: read it again. */
function reduceSentinel(changes: Changes, log: RawLog): void {
  const { sentinel } = changes.state
  if (sentinel === null) return
  if ([sentinel.address, sentinel.sequencerOracle, sentinel.aggregator].includes(log.address)) changes.staleParameters()
}

/** Logs that `reduceLog` wants. Ask again after a delta with `parameters`: reserves, oracle and sentinel come and go. */
export function filtersOf(state: AaveState): LogFilter[] {
  const { sentinel } = state
  const filters: LogFilter[] = [
    { addresses: [contractOf(state.market, 'pool')], topic0: asHex(POOL_TOPICS) },
    { addresses: [contractOf(state.market, 'configurator')], topic0: asHex(CONFIGURATOR_TOPICS) },
    { addresses: [contractOf(state.market, 'addressesProvider')], topic0: asHex(PROVIDER_TOPICS) },
    { addresses: [state.oracle], topic0: asHex(ORACLE_TOPICS) },
  ]
  if (state.tokens.size > 0) {
    filters.push({
      addresses: [...state.tokens.keys()],
      topic0: [TOKEN_TOPIC.Mint, TOKEN_TOPIC.Burn, TOKEN_TOPIC.BalanceTransfer],
    })
  }
  if (sentinel !== null) {
    const watched = [sentinel.address, sentinel.sequencerOracle, sentinel.aggregator]
    filters.push({
      addresses: [...new Set(watched.filter((address) => address !== ZERO_ADDRESS))],
      topic0: [SENTINEL_TOPIC.SequencerOracleUpdated, SENTINEL_TOPIC.GracePeriodUpdated, SENTINEL_TOPIC.AnswerUpdated],
    })
  }
  return filters
}

const asHex = (topics: readonly string[]): `0x${string}`[] => topics.map((topic) => topic as `0x${string}`)
