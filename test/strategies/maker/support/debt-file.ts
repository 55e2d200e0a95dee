import { recorded } from '../../../support/vectors.js'

/** Every figure as decimal text. */
export interface BooksText {
  readonly sin: string
  readonly queued: string
  readonly onAuction: string
  readonly dai: string
}

export interface FlopText {
  readonly bid: string
  readonly lot: string
  /** `nobody`, `vow`, or the number of a bidder. */
  readonly guy: string
  readonly tic: string
  readonly end: string
}

export interface DebtAct {
  readonly kind: 'flog' | 'heal' | 'kiss' | 'flop' | 'dent' | 'deal' | 'tick' | 'yank'
  readonly t: string
  readonly live: string
  readonly books: BooksText
  readonly auction: FlopText | null
  readonly era?: string
  readonly rad?: string
  readonly sump?: string
  readonly dump?: string
  readonly lot?: string
  readonly bid?: string
  readonly from?: string
  readonly minted?: string
  readonly error: string | null
  readonly after: { readonly books: BooksText; readonly auction?: FlopText } | null
}

export interface DebtFile {
  readonly commit: string
  readonly cases: readonly {
    readonly beg: string
    readonly pad: string
    readonly ttl: string
    readonly tau: string
    readonly wait: string
    readonly acts: readonly DebtAct[]
  }[]
}

export const readDebt = (): DebtFile => recorded('maker', 'debt.json') as DebtFile
