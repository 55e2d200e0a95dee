import type { LogDescription } from 'ethers'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { executorInterface } from './interface.js'

/** What one order did, by its own account: the payout address got `gross - bid` of the profit token. Raw units. */
export interface Executed {
  readonly operator: Address
  readonly profitToken: Address
  readonly gross: bigint
  readonly bid: bigint
}

interface LogLike {
  readonly topics: readonly string[]
  readonly data: string
}

/** The executor's `Executed` event, or null for any other log. The caller checks that the executor emitted it. */
export function decodeExecuted(log: LogLike): Executed | null {
  const parsed = parse(log)
  if (parsed?.name !== 'Executed') return null
  const [operator, profitToken, gross, bid] = parsed.args.toArray() as [string, string, bigint, bigint]
  return { operator: toAddress(operator), profitToken: toAddress(profitToken), gross, bid }
}

/** Number of the attempt that failed in an order which went on, or null for any other log. The caller checks the emitter. */
export function decodeFailed(log: LogLike): number | null {
  const parsed = parse(log)
  return parsed?.name === 'Failed' ? Number(parsed.args.getValue('number')) : null
}

/**
 * Return data of `execute` in a simulation: what the order would gain and bid now. Null when it did nothing because its
 * position is healthy again. Throws `KeeperError('bad-answer')` when the data is not an executor's answer.
 */
export function decodeExecution(data: Hex): Pick<Executed, 'gross' | 'bid'> | null {
  if (data.length !== 130)
    throw new KeeperError('bad-answer', `execute() answered ${data.length / 2 - 1} bytes, not 64`)
  const [gross, bid] = executorInterface.decodeFunctionResult('execute', data).toArray() as [bigint, bigint]
  return gross === 0n ? null : { gross, bid }
}

/** True for the event of an order that found its position healthy and did nothing. */
export function isAlreadyHealthy(log: LogLike): boolean {
  return parse(log)?.name === 'AlreadyHealthy'
}

/** `ProfitTooLow(12, 3)` for the executor's own errors, `Error(text)` and `Panic(code)`; null for others and no data. */
export function describeExecutorRevert(data: Hex): string | null {
  if (data.length < 10) return null
  const error = executorInterface.parseError(data)
  if (!error) return null
  return `${error.name}(${error.args.toArray().map(String).join(', ')})`
}

/** ethers trips over an anonymous event without topics. */
const parse = (log: LogLike): LogDescription | null =>
  log.topics.length === 0 ? null : executorInterface.parseLog({ topics: [...log.topics], data: log.data })
