import type { Address } from '../domain/chain.js'
import { decodeFailed } from './executor/events.js'
import type { Receipt } from './receipt.js'
import type { LegRecord } from './records.js'

/** Numbers of the attempts that failed in a transaction that landed, by the executor's own word. */
export const failedAttempts = ({ logs }: Pick<Receipt, 'logs'>, executor: Address): readonly number[] =>
  logs.flatMap((log) => (log.address === executor ? (decodeFailed(log) ?? []) : []))

/** True where the transaction landed without this leg: somebody else had its position first. */
export const isLost = ({ attempt }: Pick<LegRecord, 'attempt'>, failed: readonly number[]): boolean =>
  attempt !== undefined && failed.includes(attempt)
