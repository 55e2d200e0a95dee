import { recorded } from '../../../support/vectors.js'
import type { Address, Hex, RawLog } from '../../../../src/domain/chain.js'
import type { Market, PositionId } from '../../../../src/domain/market.js'
import type { FeedId } from '../../../../src/domain/prices.js'

/** What the contracts of one pool revision emitted, with the state before and their own figures after it. */
export interface EventFile {
  readonly revision: number
  readonly commit: string
  readonly market: Pick<Market, 'id' | 'contracts' | 'deployBlock'>
  /** Checkpoint of a replica that follows everybody. */
  readonly start: object
  /** Addresses and topics; `@` stands for `0x` and the 24 zeros before an address. */
  readonly texts: readonly string[]
  /** [block, timestamp, address, topics, words of the data without leading zeros]. */
  readonly logs: readonly (readonly [number, number, number, readonly number[], string])[]
  /** What a snapshot reads at the end, as `figures` shows it. */
  readonly end: {
    readonly positions: Readonly<Record<string, { readonly balances: readonly (readonly [number, string])[] }>>
  }
  /** What the contracts answered along the way and at the end; files with a single answer at the end have its fields here. */
  readonly checks?: readonly (Check & { readonly after: number })[]
  readonly timestamp?: number
  readonly prices?: Check['prices']
  readonly accounts?: Check['accounts']
}

/** Answers of the contracts at one second, later than the last log before it. */
export interface Check {
  readonly timestamp: number
  /** Oracle prices by feed: an asset, or an efficiency mode with a price of its own. */
  readonly prices: readonly (readonly [FeedId, string])[]
  /** getReserveNormalizedIncome and getReserveNormalizedVariableDebt in the order of the reserves. */
  readonly indexes?: readonly (readonly [string, string])[]
  /** getUserAccountData of everybody who owes: collateral, debt, health factor. */
  readonly accounts: readonly (readonly [Address, string, string, string])[]
}

/** The checks by the number of logs before them. */
export function checksOf({ checks, logs, timestamp = 0, prices = [], accounts = [] }: EventFile): Map<number, Check[]> {
  const byPlace = new Map<number, Check[]>()
  for (const check of checks ?? [{ after: logs.length, timestamp, prices, accounts }])
    byPlace.set(check.after, [...(byPlace.get(check.after) ?? []), check])
  return byPlace
}

export const readEvents = (revision: number): EventFile =>
  recorded('aave-v3', `events-${String(revision)}.json`) as EventFile

export const marketOf = ({ market }: EventFile): Market => ({
  ...market,
  ...{ chainId: 31_337, strategy: 'aave-v3', implementationCodeHashes: [] },
})

/** Whose balances of what the end shows. */
export const holdingsOf = ({ end }: EventFile): Map<PositionId, { readonly keys: readonly number[] }> =>
  new Map(Object.entries(end.positions).map(([id, { balances }]) => [id, { keys: balances.map(([key]) => key) }]))

export function logsOf({ texts, logs }: EventFile): RawLog[] {
  const text = (index: number): Hex => (texts[index] ?? '').replace(/^@/, `0x${'0'.repeat(24)}`) as Hex
  const words = (data: string): string[] => (data === '' ? [] : data.split(' '))
  const hash: Hex = `0x${'0'.repeat(64)}`
  return logs.map(([blockNumber, timestamp, address, topics, data], logIndex) => ({
    ...{ blockNumber, blockHash: hash, transactionHash: hash, logIndex },
    timestamp: BigInt(timestamp),
    address: text(address) satisfies Hex as Address,
    topics: topics.map(text),
    data: `0x${words(data)
      .map((word) => word.padStart(64, '0'))
      .join('')}`,
  }))
}
