import type { RawLog } from '../../src/domain/chain.js'
import type { Changes } from './changes.js'
import { CONFIGURATOR_TOPIC, ORACLE_TOPIC, PROVIDER_TOPIC } from './signatures.js'
import { type EModeCategory, type Reserve, ZERO_ADDRESS } from './state.js'
import { addressAt, booleanAt, topicAddress, wordAt } from '../../src/domain/abi-words.js'

type Handler = (changes: Changes, log: RawLog) => void

const stale: Handler = (changes) => changes.staleParameters()

const CONFIGURATOR: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [CONFIGURATOR_TOPIC.ReserveInitialized, stale],
  [CONFIGURATOR_TOPIC.ReserveDropped, stale],
  [
    CONFIGURATOR_TOPIC.CollateralConfigurationChanged,
    onReserve((log) => ({ threshold: wordAt(log.data, 1), bonus: wordAt(log.data, 2) })),
  ],
  [CONFIGURATOR_TOPIC.ReserveActive, onReserve((log) => ({ active: booleanAt(log.data, 0) }))],
  [CONFIGURATOR_TOPIC.ReservePaused, onReserve((log) => ({ paused: booleanAt(log.data, 0) }))],
  [CONFIGURATOR_TOPIC.ReserveFlashLoaning, onReserve((log) => ({ flashLoans: booleanAt(log.data, 0) }))],
  [CONFIGURATOR_TOPIC.LiquidationProtocolFeeChanged, onReserve((log) => ({ protocolFee: wordAt(log.data, 1) }))],
  [CONFIGURATOR_TOPIC.LiquidationGracePeriodChanged, onReserve((log) => ({ graceUntil: wordAt(log.data, 0) }))],
  [CONFIGURATOR_TOPIC.LiquidationGracePeriodDisabled, onReserve(() => ({ graceUntil: 0n }))],
  [CONFIGURATOR_TOPIC.EModeAssetCategoryChanged, onReserve((log) => ({ category: Number(wordAt(log.data, 1)) }))],
  [CONFIGURATOR_TOPIC.EModeCategoryAdded, eModeCategoryAdded],
  [CONFIGURATOR_TOPIC.AssetCollateralInEModeChanged, assetInEMode],
  [CONFIGURATOR_TOPIC.FlashloanPremiumTotalUpdated, flashPremium],
])

/** Events of the PoolConfigurator. */
export function reduceConfigurator(changes: Changes, log: RawLog): void {
  run(CONFIGURATOR, changes, log)
}

const ORACLE: ReadonlyMap<string, Handler> = new Map<string, Handler>([[ORACLE_TOPIC.AssetSourceUpdated, assetSource]])

/** Events of AaveOracle. */
export function reduceOracle(changes: Changes, log: RawLog): void {
  run(ORACLE, changes, log)
}

const PROVIDER: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [PROVIDER_TOPIC.PriceOracleUpdated, stale],
  [PROVIDER_TOPIC.PriceOracleSentinelUpdated, stale],
  [PROVIDER_TOPIC.AddressSet, slot],
  [PROVIDER_TOPIC.AddressSetAsProxy, slot],
])

/** Events of the PoolAddressesProvider. */
export function reduceProvider(changes: Changes, log: RawLog): void {
  run(PROVIDER, changes, log)
}

export const CONFIGURATOR_TOPICS = [...CONFIGURATOR.keys()]
export const ORACLE_TOPICS = [...ORACLE.keys()]
export const PROVIDER_TOPICS = [...PROVIDER.keys()]

function run(handlers: ReadonlyMap<string, Handler>, changes: Changes, log: RawLog): void {
  const handler = handlers.get(log.topics[0] ?? '')
  if (handler === undefined) return
  changes.parameters = true
  changes.sources = true
  handler(changes, log)
}

function onReserve(fields: (log: RawLog) => Partial<Reserve>): Handler {
  return (changes, log) => {
    const reserve = changes.state.byAsset.get(topicAddress(log.topics, 1))
    if (reserve === undefined) changes.staleParameters()
    else changes.set(reserve, fields(log))
  }
}

/** Adds or changes a category. The price source of one with its own price (revisions ≤ 4) is known to the oracle alone. */
function eModeCategoryAdded(changes: Changes, log: RawLog): void {
  const { eModes, rules } = changes.state
  const id = Number(BigInt(log.topics[1] ?? '0x0'))
  const priceAsset = rules.eMode === 'category' ? addressAt(log.data, 3) : ZERO_ADDRESS
  const fields = { threshold: wordAt(log.data, 1), bonus: wordAt(log.data, 2), priceAsset }
  const known = eModes.get(id)
  const before = known?.priceAsset ?? ZERO_ADDRESS
  if (known === undefined) {
    const category: EModeCategory = { id, collateral: 0n, priceSource: ZERO_ADDRESS, ...fields }
    changes.run(
      () => void eModes.set(id, category),
      () => void eModes.delete(id),
    )
  } else changes.set(known, fields)
  if (priceAsset !== before) changes.staleParameters()
}

function assetInEMode(changes: Changes, log: RawLog): void {
  const reserve = changes.state.byAsset.get(topicAddress(log.topics, 1))
  const category = changes.state.eModes.get(Number(wordAt(log.data, 0)))
  if (reserve === undefined || category === undefined) {
    changes.staleParameters()
    return
  }
  const bit = 1n << BigInt(reserve.id)
  changes.set(category, { collateral: booleanAt(log.data, 1) ? category.collateral | bit : category.collateral & ~bit })
}

function flashPremium(changes: Changes, log: RawLog): void {
  changes.set(changes.state, { flashPremiumBps: wordAt(log.data, 1) })
}

const slotOf = (name: string): string => `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`
const PRICING_SLOTS: ReadonlySet<string> = new Set(['PRICE_ORACLE', 'PRICE_ORACLE_SENTINEL'].map(slotOf))

/** Any slot can be set by its name, also those that have a setter and an event of their own. */
function slot(changes: Changes, log: RawLog): void {
  if (PRICING_SLOTS.has(log.topics[1] ?? '')) changes.staleParameters()
}

function assetSource(changes: Changes, log: RawLog): void {
  const asset = topicAddress(log.topics, 1)
  const source = topicAddress(log.topics, 2)
  const reserve = changes.state.byAsset.get(asset)
  if (reserve !== undefined) changes.set(reserve, { source })
  for (const category of changes.state.eModes.values()) {
    if (category.priceAsset === asset) changes.set(category, { priceSource: source })
  }
}
