import { KeeperError } from '../../src/domain/errors.js'
import { MAX_UINT256, RAY, WAD } from '../../src/domain/maths.js'
import type { PositionId } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Solvency } from '../../src/domain/strategy.js'
import type { RowChange, SlotWeights } from '../../src/domain/weights.js'
import type { GebState, Safe } from './state.js'

/** Wad per USD with 8 decimals; the system coin counts as a dollar here, which only people and orders of size read. */
const COIN_TO_BASE = 10n ** 10n

/** `locked · liquidationPrice < debt · accumulatedRate` with a valid price, exactly as `liquidateSAFE` tests it. */
export const isUnsafe = ({ parameters }: Pick<GebState, 'parameters'>, { locked, debt }: Safe): boolean =>
  parameters.liquidationPrice !== 0n && locked * parameters.liquidationPrice < debt * parameters.rate

/** Throws `KeeperError('unknown-position')` for a SAFE that the state does not hold. The ratio is rounded down. */
export function solvency(state: GebState, id: PositionId): Solvency {
  const safe = state.safes.get(id)
  if (safe === undefined)
    throw new KeeperError('unknown-position', `${state.market.id}: SAFE ${id} is not known`, { position: id })
  const { liquidationPrice, rate, enabled } = state.parameters
  const [collateral, debt] = [safe.locked * liquidationPrice, safe.debt * rate]
  return {
    healthFactor: debt === 0n ? MAX_UINT256 : (collateral * WAD) / debt,
    collateralBase: collateral / RAY / COIN_TO_BASE,
    debtBase: debt / RAY / COIN_TO_BASE,
    liquidatable: enabled && isUnsafe(state, safe),
  }
}

const [COLLATERAL, DEBT] = [0, 1]
/** Outward bias of a weight: far more than the few roundings of two products and a sum, each 2^-53. */
const BIAS = 2 ** -44
const SCALE = Number(WAD)

export function rowsOf(state: GebState, touched: Iterable<PositionId>): RowChange[] {
  return [...touched].map((position) => {
    const safe = state.safes.get(position)
    if (safe === undefined || safe.debt === 0n) return { position, entries: [] }
    const entries = [
      { slot: COLLATERAL, amount: safe.locked },
      { slot: DEBT, amount: safe.debt },
    ]
    return { position, entries: entries.filter(({ amount }) => amount > 0n) }
  })
}

/**
 * One product per side: locked · liquidationPrice − debt · rate, both as whole tokens times ray / 1e27. The contract compares
 * the exact products, so the sum in real numbers is below zero for every SAFE that it lets be liquidated; the scan's
 * amounts are a unit outward and the bias outweighs the roundings, hence it never misses one. Tolerance: a coin's
 * billionth. Without a price nothing is liquidatable: a weight of zero and a positive tolerance would name everybody, so
 * the debt then weighs nothing.
 */
export function weightsOf(state: GebState, at: PriceView): SlotWeights {
  const { liquidationPrice, rate } = state.parameters
  const price = (Number(liquidationPrice) / Number(RAY)) * (1 - BIAS)
  const owed = (Number(rate) / Number(RAY)) * (1 + BIAS)
  const f64 = Float64Array.of(price, liquidationPrice === 0n ? 0 : -owed)
  const slots = [
    { kind: 'collateral' as const, feed: null, unit: BigInt(SCALE) },
    { kind: 'debt' as const, feed: null, unit: BigInt(SCALE) },
  ]
  const tolerance = liquidationPrice === 0n ? 0 : 1e-9
  return { slots, f64, tolerance, block: at.block, timestamp: at.timestamp }
}
