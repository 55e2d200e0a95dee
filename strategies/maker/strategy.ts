import { keccak256 } from 'ethers'
import type { Address, BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import type { Market, Token } from '../../src/domain/market.js'
import type { Feed } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { LiquidationStrategy, ReserveInfo } from '../../src/domain/strategy.js'
import { loadState, saveState } from './checkpoint.js'
import { MAKER_CONTRACTS, contractOf } from './contracts.js'
import { coinOf, opening, vaultPlans } from './opening.js'
import { filtersOf, reduceLog, refreshState } from './reduce.js'
import { encodeSale, salePlans } from './sale-plans.js'
import { rowsOf, solvencyOf, weightsOf } from './solvency.js'
import { takeGenesis, takeSnapshot } from './snapshot.js'
import { type MakerState, saleId, saleNumber } from './state.js'

const LATEST_ANSWER: Hex = '0x50d25bcd'

/**
 * Maker's dss with Dog and Clip, one market per ilk. A bark pays its keeper and opens an auction, so a vault has no plans and
 * `opening` says what would be opened; a running auction (`sale:7`) is bought from like any position, in one transaction and with
 * the pool's coins, and started again by another `opening`. The Vat compares with the price of the last poke, which is part
 * of the replica.
 */
export const maker: LiquidationStrategy<MakerState> = {
  id: 'maker',
  exactness: 'replica',
  contracts: MAKER_CONTRACTS,
  verify,
  snapshot: takeSnapshot,
  genesis: takeGenesis,
  filters: filtersOf,
  reduce: reduceLog,
  save: saveState,
  load: loadState,
  stale: ({ stale }) => stale,
  refresh: refreshState,
  feeds,
  *positions({ urns, sales }) {
    for (const [id, { art }] of urns) if (art > 0n) yield id
    for (const id of sales.keys()) yield saleId(id)
  },
  rows: rowsOf,
  weights: weightsOf,
  solvency: solvencyOf,
  reserves,
  plans(state, position, at) {
    const number = saleNumber(position)
    if (number === null) return vaultPlans(state, position)
    const sale = state.sales.get(number)
    return sale === undefined ? [] : salePlans(state, number, sale, at)
  },
  opening,
  encode: encodeSale,
  // the Dog itself refuses a vault that is safe, the Clipper an auction that is over
  check: () => null,
  // neither Bark nor Take says who called it
  liquidation: () => null,
}

/** The Dog that decides what is liquidatable, and the Clipper that sells it, must be the recorded code. */
async function verify(reader: Reader, market: Market, block: BlockRef): Promise<readonly Refusal[]> {
  const refusals = await Promise.all(
    (['dog', 'clip'] as const).map(async (name) => {
      const address = contractOf(market, name)
      const hash = keccak256(await reader.code(address, block.number))
      if (market.implementationCodeHashes.includes(hash)) return []
      const known =
        market.implementationCodeHashes.length === 0 ? 'no code hash is recorded' : 'its code is not a recorded one'
      return [refuse('code-changed', `${market.id}: ${name} ${address}: ${known}`, hash)]
    }),
  )
  return refusals.flat()
}

interface Priced {
  readonly token: Token
  readonly source: Address
}

/** Market prices, for valuing gas and gains; what is liquidatable goes by the poked price inside the Vat. */
function priced(state: MakerState): Priced[] {
  const { market, collateral } = state
  const { native, nativeFeed } = market.contracts
  const own = [
    { token: collateral, source: contractOf(market, 'feed') },
    { token: coinOf(state), source: contractOf(market, 'coinFeed') },
  ]
  if (native === undefined || nativeFeed === undefined || native === collateral.address) return own
  return [...own, { token: { address: native, symbol: 'native token', decimals: 18 }, source: nativeFeed }]
}

function feeds(state: MakerState): Feed[] {
  return priced(state).map(({ token: { address, symbol }, source }) => ({
    ...{ id: address, token: { address, symbol }, source, read: { to: source, data: LATEST_ANSWER } },
  }))
}

/** Maker lends nothing in a flash here. */
function reserves(state: MakerState): ReserveInfo[] {
  return priced(state).map(({ token, source }) => ({ token, feed: token.address, source, flash: null }))
}
