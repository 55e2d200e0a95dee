import { isDeepStrictEqual } from 'node:util'
import type { Address } from '../../../../src/domain/chain.js'
import { borrowIndexAt, liquidityIndexAt } from '../../../../strategies/aave-v3/interest.js'
import type { RuleSet } from '../../../../strategies/aave-v3/rules.js'
import type { AaveState } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { figures } from './compare.js'
import { type Check, type EventFile, checksOf, holdingsOf, logsOf, marketOf } from './event-file.js'
import { viewOf } from './prices.js'

export interface Replay {
  /** Empty: every figure is the contract's, to the unit. */
  readonly differences: readonly string[]
  /** Accounts and indexes that were compared. */
  readonly compared: number
}

/** Reduces the recorded logs and compares with the recorded answers. `rules`: others than those of the file's revision. */
export function replayEvents(file: EventFile, rules: Partial<RuleSet> = {}): Replay {
  const state = aaveV3.load(marketOf(file), JSON.stringify(file.start))
  state.rules = { ...state.rules, ...rules }
  const checks = checksOf(file)
  const differences: string[] = []
  let compared = 0
  const check = (after: number): void => {
    for (const one of checks.get(after) ?? []) {
      const rows = rowsOf(state, one)
      compared += rows.length
      for (const [name, ours, theirs] of rows)
        if (ours !== theirs) differences.push(`after ${String(after)} logs, ${name}: replica ${ours}, pool ${theirs}`)
    }
  }
  check(0)
  for (const [i, log] of logsOf(file).entries()) {
    aaveV3.reduce(state, log)
    check(i + 1)
  }
  if (aaveV3.stale?.(state)) differences.push('something would have to be read, though events say everything')
  const end = figures(state, { positions: holdingsOf(file) })
  if (!isDeepStrictEqual(end, file.end)) differences.push('the state at the end is not what the contracts hold')
  return { differences, compared }
}

/** [what, ours, theirs] */
function rowsOf(state: AaveState, check: Check): [string, string, string][] {
  const timestamp = BigInt(check.timestamp)
  const prices = new Map(check.prices.map(([feed, price]) => [feed as Address, BigInt(price)]))
  const at = viewOf(prices, timestamp)
  const accounts = check.accounts.map(([id, ...theirs]): [string, string, string] => {
    const { collateralBase, debtBase, healthFactor } = aaveV3.solvency(state, id, at)
    return [id, [collateralBase, debtBase, healthFactor].join(' '), theirs.join(' ')]
  })
  const indexes = (check.indexes ?? []).map((theirs, i): [string, string, string] => {
    const reserve = state.reserve(i)
    const ours = [liquidityIndexAt(reserve, timestamp), borrowIndexAt(reserve, state.rules, timestamp)]
    return [`indexes of ${reserve.symbol}`, ours.join(' '), theirs.join(' ')]
  })
  return [...accounts, ...indexes]
}
