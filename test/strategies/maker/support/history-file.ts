import type { LogLike } from '../../../../src/auctions/protocol.js'
import type { Address, Hex } from '../../../../src/domain/chain.js'
import { recorded } from '../../../support/vectors.js'

export type Speaker = 'vat' | 'vow' | 'flopper' | 'gem'

/** What the contracts hold after an act; figures as decimal text. */
export interface HistoryState {
  /** Of the auctions 1 to 3: bid, lot, guy, tic, end. */
  readonly auctions: readonly (readonly [bid: string, lot: string, guy: Address, tic: string, end: string])[]
  /** Rad of the Vow, then of each bidder. */
  readonly dai: readonly string[]
  readonly sin: string
  readonly queued: string
  readonly onAuction: string
  readonly gems: readonly string[]
}

export interface HistoryAct {
  readonly kind: 'flop' | 'dent' | 'deal' | 'tick' | 'yank' | 'cage'
  /** `admin`, or the number of a bidder. */
  readonly from: string
  readonly t: string
  readonly args: readonly string[]
  readonly error: string | null
  /** Zeros at the end are left out; `by` is absent for contracts that are none of the four. */
  readonly logs: readonly { readonly by?: Speaker; readonly topics: readonly Hex[]; readonly data: Hex }[]
  readonly after: HistoryState | null
}

export interface History {
  readonly beg: string
  readonly pad: string
  readonly ttl: string
  readonly tau: string
  readonly sump: string
  readonly dump: string
  readonly start: HistoryState
  readonly acts: readonly HistoryAct[]
}

export interface HistoryFile {
  readonly commit: string
  readonly addresses: Readonly<Record<Speaker, Address>> & { readonly bidders: readonly Address[] }
  readonly cases: readonly History[]
}

/** Whole debt auctions of the real Vow, Flopper and governance token: bids of three, ends, restarts, shutdowns, and every log. */
export const readHistories = (): HistoryFile => recorded('maker', 'debt-histories.json') as HistoryFile

/** The logs as a node gives them. */
export const logsOf = ({ logs }: HistoryAct, { addresses }: HistoryFile): LogLike[] =>
  logs.map(({ by, topics, data }) => ({
    address: by === undefined ? '0x' : addresses[by],
    topics: topics.map((topic) => topic.padEnd(66, '0') as Hex),
    data: data.padEnd(2 + 64 * Math.max(3, Math.ceil((data.length - 2) / 64)), '0') as Hex,
  }))
