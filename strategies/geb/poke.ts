import type { AgentCall, Poke } from '../../src/auctions/venue.js'
import type { Address } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import type { MarketState, Opening } from '../../src/domain/strategy.js'
import { rayDivFloor } from '../../src/domain/maths.js'
import { ORACLES, callOf } from './calls.js'
import type { GebCollateralAuction } from './collateral-auctions.js'
import { contractOf } from './contracts.js'
import { redemptionPriceAt } from './maths.js'
import { openingAt } from './opening.js'
import { replacedOracle, type OracleFacts } from './oracle-reader.js'
import { GebState } from './state.js'

/** Measured on the contracts, with room: 51 k and 70 to 75 k. */
const [UPDATE_RESULT_GAS, UPDATE_PRICE_GAS] = [60_000n, 85_000n]
/** A redemption price that drifts changes the engine's price by the second: up to a thousandth that alone is no work. */
const DRIFT = 1_000n

/** `OracleRelayer.updateCollateralPrice`: the engine's liquidation price for a valid `price` (wad), ray, rounded down twice. */
export const liquidationPriceOf = (price: bigint, redemption: bigint, ratio: bigint): bigint =>
  redemption === 0n || ratio === 0n ? 0n : rayDivFloor(rayDivFloor(price * 10n ** 9n, redemption), ratio)

/** A price to about three digits: any two that differ by more than a thousandth are told apart. */
function coarse(price: bigint): string {
  const bits = price.toString(2).length
  return bits <= 11 ? price.toString(36) : `${(price >> BigInt(bits - 11)).toString(36)}.${bits}`
}

/**
 * What a poke is called: its oracle and the state it is made on, as far as a poke that takes effect changes it. By this name it is
 * known that one was mined and left everything as it was.
 */
function nameOf({ oracle, updatedAt, due, before, after }: PokedState): string {
  const name = `poke/${oracle.slice(2, 10)}/${updatedAt}`
  return due ? name : `${name}/${coarse(before)}-${coarse(after)}`
}

interface PokedState {
  readonly oracle: Address
  readonly updatedAt: bigint
  readonly due: boolean
  /** What the engine goes by, and what it would; ray. */
  readonly before: bigint
  readonly after: bigint
}

/**
 * What telling the protocol its next price would do in a block of time `t`; null where there is nothing to tell.
 * - `updateResult` only from `updatedAt + delay` on, and only for a valid next price: an invalid one would stop every
 *   liquidation.
 * - `updateCollateralPrice` where the engine goes by another price than the oracle then has, also one that somebody else poked.
 * - neither for an oracle that the relayer has been taken off: what it says moves nothing.
 */
export function pokeOf(
  market: Market,
  facts: OracleFacts,
  template: GebCollateralAuction,
  t: bigint,
): Poke<GebCollateralAuction> | null {
  const { cType, relayed, current, next, updatedAt, delay, ratio, liquidationPrice: before } = facts
  if (replacedOracle(market, relayed) !== null) return null
  const due = t >= updatedAt + delay && next.valid
  const price = due ? next : current
  if (!price.valid) return null
  const { redemption } = template
  const at = redemptionPriceAt(redemption.price, redemption.rate, redemption.updatedAt, t)
  const after = liquidationPriceOf(price.value, at, ratio)
  const moved = after !== before
  if (!due && !moved) return null
  const off = after > before ? after - before : before - after
  const oracle = contractOf(market, 'delayedOracle')
  const calls: AgentCall[] = [
    ...(due ? [callOf(ORACLES, oracle, 'updateResult')] : []),
    ...(moved ? [callOf(ORACLES, contractOf(market, 'oracleRelayer'), 'updateCollateralPrice', [cType])] : []),
  ]
  return {
    upkeep: {
      ...{ kind: 'poke', name: nameOf({ oracle, updatedAt, due, before, after }), calls, unlocks: 0n },
      notBefore: due ? updatedAt + delay : 0n,
      gas: (due ? UPDATE_RESULT_GAS : 0n) + (moved ? UPDATE_PRICE_GAS : 0n),
    },
    overdue: due || off * DRIFT > before,
    template: { ...template, price: price.value },
    opened: (state) => openedAt(state, after),
  }
}

/** Every SAFE that is unsafe at `liquidationPrice`, the largest debts first. */
function openedAt(state: MarketState, liquidationPrice: bigint): Opening[] {
  if (!(state instanceof GebState)) throw new RangeError('not the state of a GEB market')
  const found: Opening[] = []
  for (const position of state.safes.keys()) {
    const opening = openingAt(state, position, liquidationPrice)
    if (!('code' in opening) && opening.saviour === undefined) found.push(opening)
  }
  return found.sort((a, b) => (a.debt > b.debt ? -1 : a.debt < b.debt ? 1 : 0))
}
