import { KeeperError } from '../../src/domain/errors.js'
import { MAX_UINT256, RAY, WAD } from '../../src/domain/maths.js'
import type { PositionId } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Solvency } from '../../src/domain/strategy.js'
import type { RowChange, Slot, SlotWeights } from '../../src/domain/weights.js'
import { statusOf } from './clip.js'
import { isUnsafe } from './dog.js'
import { type MakerState, saleNumber } from './state.js'

/** Wad per USD with 8 decimals: the coin counts as a dollar here, which only people and the order of turns read. */
const WAD_PER_BASE = 10n ** 10n

/** Throws `KeeperError('unknown-position')` for what the state does not hold. The ratio is rounded down. */
export function solvencyOf(state: MakerState, id: PositionId, at: PriceView): Solvency {
  const number = saleNumber(id)
  if (number !== null) return saleSolvency(state, number, at)
  const { market, urns, parameters } = state
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

/** A running auction is "liquidatable" while it sells, or while it can be started again. */
function saleSolvency({ market, sales, parameters, collateral }: MakerState, number: bigint, at: PriceView): Solvency {
  const sale = sales.get(number)
  if (sale === undefined)
    throw new KeeperError('unknown-position', `${market.id}: auction ${String(number)} is not known`)
  const { needsRedo } = statusOf(sale, parameters, at.timestamp)
  return {
    healthFactor: 0n,
    collateralBase: (sale.lot * at.price(collateral.address).value) / WAD,
    debtBase: sale.tab / RAY / WAD_PER_BASE,
    liquidatable: parameters.stopped < (needsRedo ? 2n : 3n),
  }
}

/** Vaults, then what stands for every running auction. */
const [COLLATERAL, DEBT, SALE] = [0, 1, 2]

export function rowsOf({ urns, sales }: MakerState, touched: Iterable<PositionId>): RowChange[] {
  return [...touched].map((position) => {
    const number = saleNumber(position)
    if (number !== null) return { position, entries: sales.has(number) ? [{ slot: SALE, amount: 1n }] : [] }
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
 *
 * A running auction's row is a unit of a slot that is always −1: it is named at every scan and decided exactly, by the time. It is
 * never certain.
 */
export function weightsOf({ parameters: { spot, rate } }: MakerState, at: PriceView): SlotWeights {
  const [price, owed] = [Number(spot) / Number(RAY), Number(rate) / Number(RAY)]
  const slots: Slot[] = [
    { kind: 'collateral', feed: null, unit: WAD },
    { kind: 'debt', feed: null, unit: WAD },
    { kind: 'debt', feed: null, unit: 1n },
  ]
  const priced = spot > 0n
  const certain = priced ? [price * (1 + BIAS), -owed * (1 - BIAS)] : [NaN, NaN]
  return {
    ...{ slots, block: at.block, timestamp: at.timestamp },
    f64: Float64Array.of(price * (1 - BIAS), priced ? -owed * (1 + BIAS) : 0, -1),
    tolerance: priced ? 1e-9 : 0,
    certain: { f64: Float64Array.of(...certain, NaN), tolerance: 1e-9 },
  }
}
