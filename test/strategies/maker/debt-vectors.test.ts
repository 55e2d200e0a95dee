import { dent, isDealable, nextLot, tick, type Flop, type FlopTerms } from '../../../strategies/maker/flop.js'
import { flog, flop, heal, isRipe, kiss, paidFirst, type VowBooks } from '../../../strategies/maker/vow-books.js'
import { readDebt, type BooksText, type DebtAct, type FlopText } from './support/debt-file.js'

const booksOf = ({ sin, queued, onAuction, dai }: BooksText): VowBooks => ({
  ...{ sin: BigInt(sin), queued: BigInt(queued), onAuction: BigInt(onAuction), dai: BigInt(dai) },
})
const flopOf = ({ lot, tic, end }: FlopText): Flop => ({ lot: BigInt(lot), tic: BigInt(tic), end: BigInt(end) })

/** What is foreseen of an act: the refusal in the contract's own words, or books and auction after it. */
interface Foreseen {
  readonly error: string | null
  readonly books: VowBooks
  readonly auction: Flop | null
}

/** A settled auction is deleted. */
const GONE: Flop = { lot: 0n, tic: 0n, end: 0n }

function onBooks({ kind, t, era, rad, sump }: DebtAct, wait: bigint, books: VowBooks): VowBooks | string {
  if (kind === 'flog')
    return isRipe(BigInt(era ?? ''), wait, BigInt(t)) ? flog(books, BigInt(rad ?? '')) : 'wait-not-finished'
  if (kind === 'heal') return heal(books, BigInt(rad ?? ''))
  return kind === 'kiss' ? kiss(books, BigInt(rad ?? '')) : flop(books, BigInt(sump ?? ''))
}

function onAuction(act: DebtAct, text: FlopText, terms: FlopTerms): Flop | string {
  const [auction, t] = [flopOf(text), BigInt(act.t)]
  if (act.kind === 'deal') return isDealable(auction, t) ? GONE : 'not-finished'
  if (act.kind === 'tick') return tick(auction, terms, t)
  if (act.kind === 'yank') return 'still-live'
  if (text.guy === 'nobody') return 'guy-not-set'
  const bid = { bid: BigInt(text.bid), offered: BigInt(act.bid ?? '') }
  return dent(auction, BigInt(act.lot ?? ''), terms, t, bid)
}

function foresee(act: DebtAct, terms: FlopTerms, wait: bigint): Foreseen {
  const books = booksOf(act.books)
  const before = { books, auction: act.auction === null ? null : flopOf(act.auction) }
  if (['flog', 'heal', 'kiss', 'flop'].includes(act.kind)) {
    const after = onBooks(act, wait, books)
    if (typeof after === 'string') return { error: after, ...before }
    const started = { lot: BigInt(act.dump ?? '0'), tic: 0n, end: BigInt(act.t) + terms.tau }
    return { error: null, books: after, auction: act.kind === 'flop' ? started : before.auction }
  }
  if (act.auction === null) return { error: 'no auction', ...before }
  const after = onAuction(act, act.auction, terms)
  if (typeof after === 'string') return { error: after, ...before }
  const isFirst = act.kind === 'dent' && act.auction.tic === '0'
  return { error: null, books: isFirst ? paidFirst(books, BigInt(act.bid ?? '')) : books, auction: after }
}

const reason = (error: string): string => error.slice(error.indexOf('/') + 1)
const text = (value: unknown): string => JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))

test('queue, heal, kiss, flop, bids, ends and restarts of Maker’s debt auctions are as recorded, refusals by name', () => {
  const file = readDebt()
  const met = new Map<string, number>()
  const differences: string[] = []
  const largest: string[] = []
  for (const { acts, wait, ...rest } of file.cases) {
    const [beg, pad, ttl, tau] = [rest.beg, rest.pad, rest.ttl, rest.tau].map(BigInt) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ]
    for (const act of acts) {
      const name = `${act.kind} ${act.error ?? 'lands'}`
      met.set(name, (met.get(name) ?? 0) + 1)
      const ours = foresee(act, { beg, pad, ttl, tau }, BigInt(wait))
      const theirs =
        act.after === null
          ? { error: act.error === null ? null : reason(act.error) }
          : {
              error: null,
              books: booksOf(act.after.books),
              auction: act.after.auction === undefined ? null : flopOf(act.after.auction),
            }
      const compared = act.after === null ? { error: ours.error } : ours
      if (text(compared) !== text(theirs)) differences.push(`${name}: ${text(compared)} instead of ${text(theirs)}`)
      if (act.kind === 'dent' && act.auction !== null && act.error === 'Flopper/insufficient-decrease')
        if (BigInt(act.lot ?? '') <= nextLot(flopOf(act.auction), { beg, pad, ttl, tau })) largest.push(name)
      if (act.kind === 'deal' && act.error === null) expect(act.minted).toBe(act.auction?.lot)
    }
  }
  const states = [...met.values()].reduce((sum, n) => sum + n, 0)
  process.stderr.write(`maker debt: ${states} states: ${[...met].map(([k, n]) => `${k} ${n}`).join(' · ')}\n`)
  expect(file.commit).toMatch(/^[0-9a-f]{40}$/)
  expect(differences).toEqual([])
  expect(largest).toEqual([])
  expect(states).toBeGreaterThanOrEqual(800)
  const often = ['flog lands', 'heal lands', 'kiss lands', 'flop lands', 'dent lands', 'deal lands', 'tick lands']
  expect(often.filter((name) => (met.get(name) ?? 0) < 10)).toEqual([])
})
