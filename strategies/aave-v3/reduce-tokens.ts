import type { Hex, RawLog } from '../../src/domain/chain.js'
import { RAY, divCeil, rayDivHalfUp } from '../../src/domain/maths.js'
import type { PositionId } from '../../src/domain/market.js'
import type { Changes } from './changes.js'
import type { RuleSet } from './rules.js'
import { TOKEN_TOPIC } from './signatures.js'
import { type TokenRole, ZERO_ADDRESS, collateralKey, debtKey } from './state.js'
import { topicAddress, wordAt } from '../../src/domain/abi-words.js'

/** Mint, Burn and BalanceTransfer of aTokens and variable debt tokens. */
export function reduceToken(changes: Changes, role: TokenRole, log: RawLog): void {
  const topic = log.topics[0]
  if (topic === TOKEN_TOPIC.Mint) balanceMoved(changes, role, topicAddress(log.topics, 2), 1n, log.data)
  else if (topic === TOKEN_TOPIC.Burn) balanceMoved(changes, role, topicAddress(log.topics, 1), -1n, log.data)
  else if (topic === TOKEN_TOPIC.BalanceTransfer && !role.debt) transferred(changes, role, log)
}

/** Between an upgrade and the re-read after its block nobody knows by which rules a balance moves: it is read again too. */
function unsettled(changes: Changes, user: PositionId): void {
  const { upgraded, stale } = changes.state
  if (upgraded && stale.parameters) changes.stalePosition(user)
}

/** Mint (`sign` 1) or Burn (−1): words are value, balanceIncrease, index. */
function balanceMoved(changes: Changes, role: TokenRole, user: PositionId, sign: 1n | -1n, data: Hex): void {
  const signed = sign * wordAt(data, 0) - wordAt(data, 1)
  if (signed === 0n) return
  if (role.debt && !changes.state.positions.has(user)) firstDebt(changes, user)
  const position = changes.position(user)
  if (position === null) return
  unsettled(changes, user)
  const scaled = changes.knownScaled(position, role.reserve, role.debt)
  if (scaled === null) return
  const next = scaledAfter(changes.state.rules, role.debt, scaled, signed, wordAt(data, 2))
  changes.setScaled(user, position, role.debt ? debtKey(role.reserve) : collateralKey(role.reserve), next)
}

/** Somebody borrows for the first time since the snapshot: the debt is known, collateral and eMode must be read. */
function firstDebt(changes: Changes, user: PositionId): void {
  changes.create(user)
  if (!changes.state.followsAll) changes.stalePosition(user)
}

/**
 * The scaled balance after a Mint or Burn with `signed` = ±value − balanceIncrease, exact.
 *
 * Revisions ≤ 8 emit the amount itself, whose scaled form is the half-up quotient. Revisions ≥ 9 emit differences of rounded
 * balances: balance(s') = balance(s) + signed. Because index ≥ RAY, s' is the one integer with that balance: the ceiling of
 * balance·RAY/index where balances are floored (aToken), the floor where they are ceiled (debt). When a burn is smaller than
 * the interest since the user's last action the token emits Mint, with the same identity.
 */
export function scaledAfter(rules: RuleSet, debt: boolean, scaled: bigint, signed: bigint, index: bigint): bigint {
  if (rules.tokenEvents === 'amount') {
    return signed >= 0n ? scaled + rayDivHalfUp(signed, index) : scaled - rayDivHalfUp(-signed, index)
  }
  const next = (debt ? rules.debtBalance : rules.collateralBalance)(scaled, index) + signed
  return debt ? (next * RAY) / index : divCeil(next * RAY, index)
}

function transferred(changes: Changes, role: TokenRole, log: RawLog): void {
  const from = topicAddress(log.topics, 1)
  const to = topicAddress(log.topics, 2)
  const value = wordAt(log.data, 0)
  if (from === to || value === 0n) return
  for (const [user, change] of [
    [from, -value],
    [to, value],
  ] as const) {
    const position = user === ZERO_ADDRESS ? null : changes.position(user)
    const scaled = position === null ? null : changes.knownScaled(position, role.reserve, false)
    if (position !== null && scaled !== null)
      changes.setScaled(user, position, collateralKey(role.reserve), scaled + change)
  }
}
