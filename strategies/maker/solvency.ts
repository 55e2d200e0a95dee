import { KeeperError } from '../../src/domain/errors.js'
import { MAX_UINT256, RAY, WAD } from '../../src/domain/maths.js'
import type { PositionId } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { RowChange, Slot, SlotWeights, Solvency } from '../../src/domain/strategy.js'
import { isUnsafe } from './dog.js'
import type { MakerState } from './state.js'

/** Wad per USD with 8 decimals: the coin counts as a dollar here, which only people and the order of turns read. */
const WAD_PER_BASE = 10n ** 10n

/** Throws `KeeperError('unknown-position')` for a vault that the state does not hold. The ratio is rounded down. */
export function solvencyOf({ market, urns, parameters }: MakerState, id: PositionId): Solvency {
  const urn = urns.get(id)
  if (urn === undefined)
    throw new KeeperError('unknown-position', `${market.id}: vault ${id} is not known`, { position: id })
  const [collateral, debt] = [urn.ink * parameters.spot, urn.art * parameters.rate]
  return {
    healthFactor: debt === 0n ? MAX_UINT256 : (collateral * WAD) / debt,
    collateralBase: collateral / RAY / WAD_PER_BASE,
    debtBase: debt / RAY / WAD_PER_BASE,
    liquidatable: parameters.live && isUnsafe(urn, parameters),
  }
}

const [COLLATERAL, DEBT] = [0, 1]

export function rowsOf({ urns }: MakerState, touched: Iterable<PositionId>): RowChange[] {
  return [...touched].map((position) => {
    const urn = urns.get(position)
    if (urn === undefined || urn.art === 0n) return { position, entries: [] }
    const entries = [
      { slot: COLLATERAL, amount: urn.ink },
      { slot: DEBT, amount: urn.art },
    ]
    return { position, entries: entries.filter(({ amount }) => amount > 0n) }
  })
}

/** Outward bias of a weight: 512 units of the last place. */
const BIAS = 2 ** -44

/**
 * ink · spot − art · rate, both as whole tokens times ray / 1e27. Proof: the contract compares the exact products, so in real
 * numbers the sum is below zero for every vault that it lets be barked at; the scan's amounts are a unit outward, and fewer than
 * 16 roundings of a relative 2^-53 are outweighed by the bias. The other side: with amounts a unit inward and the bias turned
 * round, a sum below zero is a true one; a billionth is asked. Without a price (spot zero) nothing is unsafe: the debt then
 * weighs nothing, and nothing is certain.
 */
export function weightsOf({ parameters: { spot, rate } }: MakerState, at: PriceView): SlotWeights {
  const [price, owed] = [Number(spot) / Number(RAY), Number(rate) / Number(RAY)]
  const slots: Slot[] = [
    { kind: 'collateral', feed: null, unit: WAD },
    { kind: 'debt', feed: null, unit: WAD },
  ]
  const priced = spot > 0n
  const certain = priced ? Float64Array.of(price * (1 + BIAS), -owed * (1 - BIAS)) : Float64Array.of(NaN, NaN)
  return {
    ...{ slots, block: at.block, timestamp: at.timestamp },
    f64: Float64Array.of(price * (1 - BIAS), priced ? -owed * (1 + BIAS) : 0),
    tolerance: priced ? 1e-9 : 0,
    certain: { f64: certain, tolerance: 1e-9 },
  }
}
