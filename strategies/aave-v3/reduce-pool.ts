import type { RawLog } from '../../src/domain/chain.js'
import type { Changes } from './changes.js'
import { borrowIndexAt, liquidityIndexAt } from './interest.js'
import { POOL_TOPIC } from './signatures.js'
import { type Reserve, isCollateral, collateralKey, scaledOf } from './state.js'
import { booleanAt, topicAddress, wordAt } from '../../src/domain/abi-words.js'

type Handler = (changes: Changes, log: RawLog) => void

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [POOL_TOPIC.ReserveDataUpdated, reserveDataUpdated],
  [POOL_TOPIC.Supply, (changes, log) => liquidity(changes, log, 1, wordAt(log.data, 1), 2)],
  [POOL_TOPIC.Withdraw, (changes, log) => liquidity(changes, log, 1, -wordAt(log.data, 0), 2)],
  [POOL_TOPIC.Borrow, borrow],
  [
    POOL_TOPIC.Repay,
    (changes, log) => liquidity(changes, log, 1, booleanAt(log.data, 1) ? 0n : wordAt(log.data, 0), 2),
  ],
  [
    POOL_TOPIC.BackUnbacked,
    (changes, log) => liquidity(changes, log, 1, wordAt(log.data, 0) + wordAt(log.data, 1), null),
  ],
  [POOL_TOPIC.FlashLoan, flashLoan],
  [POOL_TOPIC.LiquidationCall, liquidationCall],
  [POOL_TOPIC.ReserveUsedAsCollateralEnabled, (changes, log) => collateralFlag(changes, log, true)],
  [POOL_TOPIC.ReserveUsedAsCollateralDisabled, (changes, log) => collateralFlag(changes, log, false)],
  [POOL_TOPIC.UserEModeSet, userEMode],
  [POOL_TOPIC.DeficitCreated, (changes, log) => deficit(changes, log, 2, wordAt(log.data, 0))],
  [POOL_TOPIC.DeficitCovered, (changes, log) => deficit(changes, log, 1, -wordAt(log.data, 1))],
  [POOL_TOPIC.Upgraded, upgraded],
])

/** Events of the Pool proxy. */
export function reducePool(changes: Changes, log: RawLog): void {
  HANDLERS.get(log.topics[0] ?? '')?.(changes, log)
}

export const POOL_TOPICS = [...HANDLERS.keys()]

/** The reserve in topic `index`; one that is not listed yet asks for a read and makes the user in `userTopic` stale. */
function reserveOf(changes: Changes, log: RawLog, index: number, userTopic: number | null): Reserve | null {
  const reserve = changes.state.byAsset.get(topicAddress(log.topics, index))
  if (reserve !== undefined) return reserve
  changes.staleParameters()
  if (userTopic !== null) staleUser(changes, log, userTopic)
  return null
}

function staleUser(changes: Changes, log: RawLog, topic: number): void {
  const user = topicAddress(log.topics, topic)
  if (changes.position(user) !== null) changes.stalePosition(user)
}

function reserveDataUpdated(changes: Changes, log: RawLog): void {
  const reserve = reserveOf(changes, log, 1, null)
  if (reserve === null) return
  changes.parameters = true
  changes.set(reserve, {
    liquidityRate: wordAt(log.data, 0),
    borrowRate: wordAt(log.data, 2),
    liquidityIndex: wordAt(log.data, 3),
    borrowIndex: wordAt(log.data, 4),
    updatedAt: log.timestamp,
  })
}

/** The pool's book of its underlying: what every event adds to or takes from it. */
function liquidity(changes: Changes, log: RawLog, index: number, change: bigint, userTopic: number | null): void {
  const reserve = reserveOf(changes, log, index, userTopic)
  if (reserve !== null && change !== 0n) changes.set(reserve, { available: reserve.available + change })
}

/** Whoever borrows is ours from now on, also where the debt token is not known yet. */
function borrow(changes: Changes, log: RawLog): void {
  const user = topicAddress(log.topics, 2)
  if (!changes.state.positions.has(user)) {
    changes.create(user)
    if (!changes.state.followsAll) changes.stalePosition(user)
  }
  liquidity(changes, log, 1, -wordAt(log.data, 1), 2)
}

/** Mode 0 is repaid with a premium; in the other modes the Borrow event before it took the amount. */
function flashLoan(changes: Changes, log: RawLog): void {
  liquidity(changes, log, 2, wordAt(log.data, 2) === 0n ? wordAt(log.data, 3) : 0n, null)
}

/** Balances come from the tokens' events; here the liquidity, and the accrual that no event tells. */
function liquidationCall(changes: Changes, log: RawLog): void {
  const receivesATokens = booleanAt(log.data, 3)
  liquidity(changes, log, 2, wordAt(log.data, 0), 3)
  liquidity(changes, log, 1, receivesATokens ? 0n : -wordAt(log.data, 1), 3)
  const collateral = changes.state.byAsset.get(topicAddress(log.topics, 1))
  if (collateral && receivesATokens && changes.state.rules.accruesSilently) accrue(changes, collateral, log.timestamp)
}

/** ReserveLogic.updateState: a debt-free reserve's borrow index stands still while its clock moves on. */
function accrue(changes: Changes, reserve: Reserve, timestamp: bigint): void {
  if (timestamp <= reserve.updatedAt) return
  changes.parameters = true
  changes.set(reserve, {
    liquidityIndex: liquidityIndexAt(reserve, timestamp),
    borrowIndex:
      reserve.scaledDebt === 0n ? reserve.borrowIndex : borrowIndexAt(reserve, changes.state.rules, timestamp),
    updatedAt: timestamp,
  })
}

function collateralFlag(changes: Changes, log: RawLog, enabled: boolean): void {
  const user = topicAddress(log.topics, 2)
  const position = changes.position(user)
  const reserve = reserveOf(changes, log, 1, 2)
  if (position === null || reserve === null || isCollateral(position, reserve.id) === enabled) return
  changes.touch(user)
  changes.set(position, { flags: position.flags ^ (1n << BigInt(reserve.id)) })
  const unread = scaledOf(position, collateralKey(reserve.id)) === undefined && !changes.state.followsAll
  if (enabled && unread) changes.stalePosition(user)
}

function userEMode(changes: Changes, log: RawLog): void {
  const user = topicAddress(log.topics, 1)
  const position = changes.position(user)
  if (position === null) return
  changes.touch(user)
  changes.set(position, { eMode: Number(wordAt(log.data, 0)) })
}

function deficit(changes: Changes, log: RawLog, index: number, change: bigint): void {
  const reserve = reserveOf(changes, log, index, null)
  if (reserve !== null) changes.set(reserve, { deficit: reserve.deficit + change })
}

/** New code behind the proxy: nothing is planned any more, the revision and its rules are read again. */
function upgraded(changes: Changes): void {
  changes.parameters = true
  changes.set(changes.state, { upgraded: true })
  changes.staleParameters()
}
