import { WAD } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { Account } from './solvency.js'
import { type AaveState, type Position, type Reserve, eModeOf } from './state.js'

const SENTINEL_BYPASS_HF = 950_000_000_000_000_000n

interface Asked {
  readonly state: AaveState
  readonly position: Position
  readonly account: Account
  readonly at: PriceView
}

/** ValidationLogic.validateLiquidationCall, in its order; the oracle's own refusal last. */
export function invalid({ state, position, account, at }: Asked, collateral: Reserve, debt: Reserve): Refusal | null {
  const { rules, sentinel } = state
  if (state.upgraded)
    return refuse('code-changed', 'the pool was upgraded while the keeper ran: restart to verify its code')
  const both = [collateral, debt]
  const inactive = both.find((reserve) => !reserve.active)
  if (inactive) return refuse('inactive', `${inactive.symbol} is not active`)
  const paused = both.find((reserve) => reserve.paused)
  if (paused) return refuse('paused', `${paused.symbol} is paused`)
  if (rules.sentinel && sentinel !== null && account.healthFactor >= SENTINEL_BYPASS_HF) {
    if (sentinel.down || at.timestamp - sentinel.since <= sentinel.gracePeriod) {
      return refuse('sentinel', 'the sequencer is down or came back too recently')
    }
  }
  const grace = both.find((reserve) => rules.gracePeriod && reserve.graceUntil >= at.timestamp)
  if (grace) return refuse('grace-period', `${grace.symbol} may not be liquidated yet`, grace.graceUntil.toString())
  if (!account.priced) return refuse('no-price', 'the oracle has no price for an asset of the position')
  if (account.healthFactor >= WAD)
    return refuse('healthy', 'the health factor is not below 1', account.healthFactor.toString())
  if (rules.ownThresholdRequired && collateral.threshold === 0n) {
    return refuse('no-collateral', `${collateral.symbol} does not count as collateral`)
  }
  // collateral of an eMode only, held outside of it: PercentageMath reverts on a division by zero
  if (bonusOf(state, position, collateral) === 0n) {
    return refuse('no-collateral', `${collateral.symbol} has no liquidation bonus outside its eMode`)
  }
  return null
}

export const bonusOf = (state: AaveState, { eMode }: Position, reserve: Reserve): bigint =>
  eModeOf(state, eMode, reserve)?.bonus ?? reserve.bonus
