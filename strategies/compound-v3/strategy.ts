import type { Address, Hex } from '../../src/domain/chain.js'
import type { PositionId, Token } from '../../src/domain/market.js'
import type { Feed } from '../../src/domain/prices.js'
import type { LiquidationStrategy, ReserveInfo, SolvencyReading } from '../../src/domain/strategy.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { loadState, saveState } from './checkpoint.js'
import { COMET_CONTRACTS, UNIT_FEED, contractOf } from './contracts.js'
import { check, encode, liquidation } from './encode.js'
import { plansOf } from './plans.js'
import { filtersOf, reduceLog } from './reduce.js'
import { refreshState, resyncPositions } from './refresh.js'
import { rowsOf } from './rows.js'
import { COMET_CALL } from './signatures.js'
import { takeGenesis, takeSnapshot } from './snapshot.js'
import { solvencyOf } from './solvency.js'
import { type CometState, storeId } from './state.js'
import { takeover } from './takeover.js'
import { verifyMarket } from './verify.js'
import { weightsOf } from './weights.js'

/** The debt in base tokens, accrued as the contract's own view does; of a store front, its stock. */
const reading: SolvencyReading = {
  request(market, position) {
    const comet = contractOf(market, 'comet')
    const [, asset] = /^store:(0x[0-9a-f]{40})$/.exec(position) ?? []
    return asset === undefined
      ? COMET_CALL.borrowBalanceOf(comet, position as Hex)
      : COMET_CALL.getCollateralReserves(comet, asset as Hex)
  },
  decode: (data) => ({ raw: wordAt(data, 0) }),
}

/** Compound v3: Comet and CometWithExtendedAssetList, 12 or 24 collaterals. */
export const compoundV3: LiquidationStrategy<CometState> = {
  id: 'compound-v3',
  exactness: 'replica',
  contracts: COMET_CONTRACTS,
  verify: verifyMarket,
  snapshot: takeSnapshot,
  genesis: takeGenesis,
  filters: filtersOf,
  reduce: reduceLog,
  save: saveState,
  load: loadState,
  // what emits nothing can happen in every block: the totals are read after each
  stale: () => true,
  mustRefresh: ({ stale }) => stale.parameters,
  refresh: refreshState,
  resync: resyncPositions,
  reading,
  feeds: feedsOf,
  positions: knownPositions,
  rows: rowsOf,
  weights: weightsOf,
  solvency: solvencyOf,
  reserves: reservesOf,
  plans: plansOf,
  encode,
  check,
  liquidation,
  takeover,
}

interface Priced {
  readonly token: Token
  readonly feed: Address
  /** The feed answers in dollars, whatever the Comet's prices are in. */
  readonly dollars?: true
}

/** Tokens with a price: base, collaterals, and the native token where the market file adds it. */
function pricedBy({ market, config, assets }: CometState): Priced[] {
  const listed = [{ token: config.base, feed: config.baseFeed }, ...assets]
  const { native, nativeFeed } = market.contracts
  if (native === undefined || nativeFeed === undefined || listed.some(({ token }) => token.address === native))
    return listed
  return [
    ...listed,
    { token: { address: native, symbol: 'native token', decimals: 18 }, feed: nativeFeed, dollars: true },
  ]
}

function feedsOf(state: CometState): Feed[] {
  const comet = contractOf(state.market, 'comet')
  const { base } = state.config
  const { unitFeed } = state.market.contracts
  const priced = pricedBy(state).map(({ token, feed }) => ({ id: token.address, token, feed }))
  const unit = unitFeed === undefined ? [] : [{ id: UNIT_FEED, token: { ...base, symbol: 'unit' }, feed: unitFeed }]
  return [...priced, ...unit].map(({ id, token: { address, symbol }, feed }) => ({
    ...{ id, token: { address, symbol }, source: feed, read: COMET_CALL.getPrice(comet, feed) },
  }))
}

/** Debtors, those that still have to be read left out, and the store fronts that have something. */
function* knownPositions(state: CometState): Iterable<PositionId> {
  for (const [id, { principal }] of state.positions) if (principal < 0n && !state.stale.positions.has(id)) yield id
  for (const { token, reserves } of state.assets) if (reserves > 0n) yield storeId(token.address)
}

/** Comet lends nothing in a flash. */
function reservesOf(state: CometState): ReserveInfo[] {
  const counted = state.market.contracts['unitFeed'] === undefined ? {} : { unit: UNIT_FEED }
  return pricedBy(state).map(({ token, feed, dollars }) => ({
    ...{ token, feed: token.address, source: feed, flash: null, ...(dollars ? {} : counted) },
  }))
}
