import { keccak256 } from 'ethers'
import type { BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import type { Feed } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { LiquidationStrategy, ReserveInfo } from '../../src/domain/strategy.js'
import { loadState, saveState } from './checkpoint.js'
import { MAKER_CONTRACTS, contractOf } from './contracts.js'
import { collateralOf, opening, plansOf } from './opening.js'
import { filtersOf, reduceLog, refreshState } from './reduce.js'
import { rowsOf, solvencyOf, weightsOf } from './solvency.js'
import { takeGenesis, takeSnapshot } from './snapshot.js'
import type { MakerState } from './state.js'

const LATEST_ANSWER: Hex = '0x50d25bcd'
const FEED = 'collateral'

/**
 * Maker's dss with Dog and Clip, one market per ilk. A bark pays its keeper and opens an auction, so `plans` has none and
 * `opening` says what would be opened. The Vat compares with the price of the last poke, which is part of the replica.
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
  *positions({ urns }) {
    for (const [id, { art }] of urns) if (art > 0n) yield id
  },
  rows: rowsOf,
  weights: weightsOf,
  solvency: (state, position) => solvencyOf(state, position),
  reserves,
  plans: (state, position) => plansOf(state, position),
  opening,
  encode() {
    throw new RangeError('a bark has no repayment to encode: it opens an auction')
  },
  // the Dog itself refuses a vault that is safe
  check: () => null,
  // Bark does not say who called it
  liquidation: () => null,
}

/** The Dog that decides what is liquidatable must be the recorded code. */
async function verify(reader: Reader, market: Market, block: BlockRef): Promise<readonly Refusal[]> {
  const dog = contractOf(market, 'dog')
  const hash = keccak256(await reader.code(dog, block.number))
  if (market.implementationCodeHashes.includes(hash)) return []
  const known =
    market.implementationCodeHashes.length === 0 ? 'no code hash is recorded' : 'its code is not the recorded one'
  return [refuse('code-changed', `${market.id}: dog ${dog}: ${known}`, hash)]
}

/** The market's price, for valuing gas and gains; what is liquidatable goes by the poked price inside the Vat. */
function feeds(state: MakerState): Feed[] {
  const source = contractOf(state.market, 'feed')
  const { address, symbol } = collateralOf(state)
  return [{ id: FEED, token: { address, symbol }, source, read: { to: source, data: LATEST_ANSWER } }]
}

function reserves(state: MakerState): ReserveInfo[] {
  return [{ token: collateralOf(state), feed: FEED, source: contractOf(state.market, 'feed'), flash: null }]
}
