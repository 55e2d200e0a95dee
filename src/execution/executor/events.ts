import { toAddress, type Address, type Hex } from '../../domain/chain.js'
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
  const parsed = executorInterface.parseLog({ topics: [...log.topics], data: log.data })
  if (parsed?.name !== 'Executed') return null
  const [operator, profitToken, gross, bid] = parsed.args.toArray() as [string, string, bigint, bigint]
  return { operator: toAddress(operator), profitToken: toAddress(profitToken), gross, bid }
}

/** True for the event of an order that found its position healthy and did nothing. */
export function isAlreadyHealthy(log: LogLike): boolean {
  return executorInterface.parseLog({ topics: [...log.topics], data: log.data })?.name === 'AlreadyHealthy'
}

/** `ProfitTooLow(12, 3)` for the executor's own errors, null for those of other contracts and for no data. */
export function describeExecutorRevert(data: Hex): string | null {
  if (data.length < 10) return null
  const error = executorInterface.parseError(data)
  if (!error) return null
  return `${error.name}(${error.args.toArray().map(String).join(', ')})`
}
