import type { Hex, RawLog } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import { WAD } from '../../src/domain/maths.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { Feed } from '../../src/domain/prices.js'
import type { CallStep, ExpectStep, HealthCheck } from '../../src/domain/steps.js'
import type { Amounts, Plan } from '../../src/domain/plan.js'
import type {
  Deficit,
  LiquidationEvent,
  LiquidationStrategy,
  ReserveInfo,
  Solvency,
  SolvencyReading,
} from '../../src/domain/strategy.js'
import { loadState, saveParts, saveState } from './checkpoint.js'
import { AAVE_V3_CONTRACTS, contractOf } from './contracts.js'
import { type AavePlan, plansOf } from './plans.js'
import { eModeFeed } from './prices.js'
import { filtersOf, reduceLog } from './reduce.js'
import { refreshState, resyncPositions } from './refresh.js'
import { rowsOf } from './rows.js'
import { ORACLE, POOL, POOL_TOPIC, TOKEN } from './signatures.js'
import { takeGenesis, takeSnapshot } from './snapshot.js'
import { accountOf } from './solvency.js'
import { type AaveState, ZERO_ADDRESS, debtKey, hasDebt, scaledOf } from './state.js'
import { verifyMarket } from './verify.js'
import { weightsOf } from './weights.js'
import { addressAt, topicAddress, wordAt } from '../../src/domain/abi-words.js'

const reading: SolvencyReading = {
  request: (market, position) => POOL.getUserAccountData(contractOf(market, 'pool'), position as Hex),
  decode: (data) => ({ collateralBase: wordAt(data, 0), debtBase: wordAt(data, 1), healthFactor: wordAt(data, 5) }),
}

/** Aave v3, pool revisions 1 to 11 (`rules.ts`). */
export const aaveV3: LiquidationStrategy<AaveState> = {
  id: 'aave-v3',
  exactness: 'replica',
  contracts: AAVE_V3_CONTRACTS,
  verify: verifyMarket,
  snapshot: takeSnapshot,
  genesis: takeGenesis,
  filters: filtersOf,
  reduce: reduceLog,
  save: saveState,
  saveParts,
  load: loadState,
  stale: ({ stale }) => stale.parameters || stale.positions.size > 0,
  mustRefresh: ({ stale }) => stale.parameters,
  refresh: refreshState,
  resync: resyncPositions,
  reading,
  feeds: feedsOf,
  positions: indebted,
  rows: rowsOf,
  weights: weightsOf,
  solvency,
  reserves: reservesOf,
  deficits: deficitsOf,
  plans: plansOf,
  encode,
  check,
  standing,
  liquidation,
}

function feedsOf(state: AaveState): Feed[] {
  const feeds: Feed[] = []
  for (const { asset, symbol, source } of state.byAsset.values()) {
    feeds.push({
      id: asset,
      token: { address: asset, symbol },
      source,
      read: ORACLE.getAssetPrice(state.oracle, asset),
    })
  }
  for (const { id, priceAsset, priceSource } of state.eModes.values()) {
    if (priceAsset === ZERO_ADDRESS) continue
    const token = { address: priceAsset, symbol: `eMode ${String(id)}` }
    feeds.push({ id: eModeFeed(id), token, source: priceSource, read: ORACLE.getAssetPrice(state.oracle, priceAsset) })
  }
  return feeds
}

/** Positions with debt, those that still have to be read left out. */
function* indebted(state: AaveState): Iterable<PositionId> {
  for (const [id, position] of state.positions) if (!state.stale.positions.has(id) && hasDebt(position)) yield id
}

/** Throws `KeeperError('unknown-position')` for an id that the state does not hold or has not read yet. */
function solvency(state: AaveState, id: PositionId, at: Parameters<typeof accountOf>[2]): Solvency {
  const position = state.positions.get(id)
  if (position === undefined || state.stale.positions.has(id)) {
    throw new KeeperError('unknown-position', `${state.market.id}: position ${id} is not known yet`, { position: id })
  }
  const { healthFactor, collateralBase, debtBase, liquidatable } = accountOf(state, position, at)
  return { healthFactor, collateralBase, debtBase, liquidatable }
}

function reservesOf(state: AaveState): ReserveInfo[] {
  const lender = contractOf(state.market, 'pool')
  return [...state.byAsset.values()].map((reserve) => {
    const { asset, symbol, decimals, source, active, paused, flashLoans, available } = reserve
    const flash = active && !paused && flashLoans ? { lender, premiumBps: state.flashPremiumBps, available } : null
    return { token: { address: asset, symbol, decimals }, feed: asset, source, flash }
  })
}

/** Reserves with a deficit, by the pool's DeficitCreated and DeficitCovered (v3.3 and later). */
function deficitsOf(state: AaveState): Deficit[] {
  return [...state.byAsset.values()]
    .filter(({ deficit }) => deficit > 0n)
    .map(({ asset, symbol, decimals, deficit }) => ({ token: { address: asset, symbol, decimals }, amount: deficit }))
}

/** liquidationCall(collateral, debt, user, debtToCover, receiveAToken = false). Throws `RangeError` for a foreign plan. */
function encode(plan: Plan, amounts: Amounts): CallStep[] {
  if (!('pool' in plan)) throw new RangeError(`plan of ${plan.market} is not of this strategy`)
  const { pool, collateral, debt, position } = plan as AavePlan
  const { debtToCover } = amounts
  const { data } = POOL.liquidationCall(pool, collateral.address, debt.address, position as Hex, debtToCover, 0)
  return [{ kind: 'call', target: pool, data, approve: { token: debt.address, amount: debtToCover }, mustReturn: null }]
}

/** getUserAccountData's sixth word is the health factor. */
function check(market: Market, position: PositionId): HealthCheck {
  const { to, data } = reading.request(market, position)
  return { target: to, data, word: 5, atLeast: WAD }
}

/**
 * The scaled debt is what it was: nine tenths of it, so that a borrower who pays back a little stops nobody. The storage that
 * is read the liquidation reads anyway.
 */
function standing(state: AaveState, { position: id, debt }: Plan): ExpectStep | null {
  const [position, reserve] = [state.positions.get(id), state.byAsset.get(debt.address)]
  const scaled = position && reserve && scaledOf(position, debtKey(reserve.id))
  if (reserve === undefined || scaled === undefined || scaled === 0n) return null
  const { to, data } = TOKEN.scaledBalanceOf(reserve.debtToken, id as Hex)
  return { kind: 'expect', target: to, data, word: 0, bound: 'atLeast', limit: (scaled * 9n + 9n) / 10n }
}

function liquidation(market: Market, log: RawLog): LiquidationEvent | null {
  if (log.address !== contractOf(market, 'pool') || log.topics[0] !== POOL_TOPIC.LiquidationCall) return null
  return {
    market: market.id,
    collateral: topicAddress(log.topics, 1),
    debt: topicAddress(log.topics, 2),
    position: topicAddress(log.topics, 3),
    repaid: wordAt(log.data, 0),
    seized: wordAt(log.data, 1),
    liquidator: addressAt(log.data, 2),
    transactionHash: log.transactionHash,
  }
}
