import { type ClipTerms, kick, redo, statusOf, take } from '../../../strategies/maker/clip.js'
import { bark, isUnsafe } from '../../../strategies/maker/dog.js'
import { dent, isDealable, nextLot, tick } from '../../../strategies/maker/flop.js'
import { flop, healable } from '../../../strategies/maker/vow-books.js'
import { type MakerFile, type RecordedBark, type SaleAct, readMaker, termsOf } from './support/vector-file.js'

const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))

class Comparison {
  readonly differences: string[] = []
  readonly met = new Map<string, number>()

  same(what: string, ours: unknown, theirs: unknown): void {
    if (text(ours) !== text(theirs)) this.differences.push(`${what}: ${text(ours)} instead of ${text(theirs)}`)
  }

  count(branch: string): void {
    this.met.set(branch, (this.met.get(branch) ?? 0) + 1)
  }
}

/** `Dog/not-unsafe` → `not-unsafe`. */
const reason = (error: string): string => error.slice(error.indexOf('/') + 1)

function judgeBark(one: RecordedBark, i: number, to: Comparison): void {
  const urn = { ink: BigInt(one.ink), art: BigInt(one.art) }
  const [rate, spot, dust, chop] = [one.rate, one.spot, one.dust, one.chop].map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const [Hole, Dirt, hole, dirt] = [one.Hole, one.Dirt, one.hole, one.dirt].map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const ours = bark(urn, { rate, spot, dust, chop, Hole, Dirt, hole, dirt })
  const started =
    typeof ours === 'string' ? ours : kick(ours.tab, one.feed === null ? null : BigInt(one.feed), termsOf(one))
  const error = typeof started === 'string' ? started : null
  to.count(`bark ${one.error ?? 'lands'}`)
  to.same(`bark ${String(i)}`, error, one.error === null ? null : reason(one.error))
  if (one.error === 'Dog/not-unsafe') to.same(`unsafe ${String(i)}`, isUnsafe(urn, { spot, rate }), false)
  if (one.error !== null || typeof ours === 'string' || typeof started === 'string') return
  const { dink, dart, due, tab } = ours
  to.same(`bark ${String(i)}`, [dink, dart, due, tab], [one.dink, one.dart, one.due, one.tab].map(BigInt))
  to.same(`kick ${String(i)}`, [started.top, started.coin, started.coin], [one.top, one.coin, one.gained].map(BigInt))
  to.same(`left ${String(i)}`, [urn.ink - dink, urn.art - dart], one.left.map(BigInt))
  if (one.left[1] !== '0') to.count('partial bark')
  if (dart === urn.art && (Hole < tab || hole < tab)) to.count('dust makes a bark whole')
}

function judgeSale(act: SaleAct, terms: ClipTerms, i: number, to: Comparison): void {
  const sale = { tab: BigInt(act.tab), lot: BigInt(act.lot), tic: BigInt(act.tic), top: BigInt(act.top) }
  const status = statusOf(sale, terms, BigInt(act.t))
  to.same(`status ${String(i)}`, [status.needsRedo, status.price], [act.needsRedo, BigInt(act.price)])
  to.count(`${act.kind} ${act.error ?? 'lands'}`)
  to.count(terms.calc.kind)
  const at = BigInt(act.t2)
  if (act.kind === 'redo') {
    const ours = redo(sale, BigInt(act.feed), terms, at)
    to.same(`redo ${String(i)}`, typeof ours === 'string' ? ours : null, act.error === null ? null : reason(act.error))
    if (act.error !== null || typeof ours === 'string') return
    to.same(`redo ${String(i)}`, [ours.top, ours.coin, ours.coin], [act.newTop, act.coin, act.gained].map(BigInt))
    to.count(ours.coin > 0n ? 'paid redo' : 'unpaid redo')
    return
  }
  const ours = take(sale, terms, at, BigInt(act.amt), BigInt(act.max))
  to.same(`take ${String(i)}`, typeof ours === 'string' ? ours : null, act.error === null ? null : reason(act.error))
  if (act.error !== null || typeof ours === 'string') return
  const theirs = [act.takePrice, act.owe, act.tabAfter, act.lotAfter, act.got].map(BigInt)
  // a sale that met its target gives the rest of the collateral back
  to.same(`take ${String(i)}`, [ours.price, ours.owe, ours.tab, ours.lot, ours.slice], theirs)
  const digs = ours.lot === 0n ? ours.tab + ours.owe : ours.owe
  to.same(`dirt ${String(i)}`, BigInt(act.dirtBefore) - digs, BigInt(act.dirtAfter))
  to.count(ours.tab === 0n ? 'target met' : ours.lot === 0n ? 'lot gone' : 'part taken')
}

function judgeFlops({ flops }: MakerFile, to: Comparison): void {
  for (const { beg, pad, ttl, tau, acts } of flops) {
    const terms = { beg: BigInt(beg), pad: BigInt(pad), ttl: BigInt(ttl), tau: BigInt(tau) }
    for (const act of acts) {
      const auction = { lot: BigInt(act.lot), tic: BigInt(act.tic), end: BigInt(act.end) }
      const t = BigInt(act.t)
      to.count(`${act.kind} ${act.error ?? 'lands'}`)
      const theirs = act.error === null ? null : reason(act.error)
      // what was dealt is gone: its lot is zero
      if (theirs === 'guy-not-set' || (act.lot === '0' && act.kind !== 'deal')) continue
      if (act.kind === 'deal') {
        to.same('deal', isDealable(auction, t), act.error === null)
        continue
      }
      const ours = act.kind === 'tick' ? tick(auction, terms, t) : dent(auction, BigInt(act.next ?? ''), terms, t)
      to.same(act.kind, typeof ours === 'string' ? ours : null, theirs)
      if (typeof ours === 'string' || act.after === undefined) continue
      to.same(`${act.kind} after`, [ours.lot, ours.tic, ours.end], act.after.map(BigInt))
      if (act.kind === 'dent')
        to.same(
          'the largest next lot',
          dent(auction, nextLot(auction, terms), terms, t) !== 'insufficient-decrease',
          true,
        )
    }
  }
}

describe('Maker against figures recorded from dss', () => {
  test('barks, auctions and debt auctions are equal to the unit, refusals by name', () => {
    const file = readMaker()
    const to = new Comparison()
    for (const [i, one] of file.barks.entries()) judgeBark(one, i, to)
    let acts = 0
    for (const sale of file.sales) for (const act of sale.acts) judgeSale(act, termsOf(sale, act.stopped), acts++, to)
    judgeFlops(file, to)
    const flops = file.flops.reduce((sum, flop) => sum + flop.acts.length, 0)
    const states = file.barks.length + acts + flops
    process.stderr.write(
      `maker: ${String(states)} states: ${[...to.met].map(([k, n]) => `${k} ${String(n)}`).join(' · ')}\n`,
    )
    expect(file.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(to.differences).toEqual([])
    expect(states).toBeGreaterThanOrEqual(600)
    const often = [
      'partial bark',
      'dust makes a bark whole',
      'paid redo',
      'unpaid redo',
      'target met',
      'lot gone',
      'part taken',
    ]
    const curves = [
      'linear',
      'stairstep',
      'exponential',
      'take Clipper/no-partial-purchase',
      'dent lands',
      'tick lands',
    ]
    expect([...often, ...curves].filter((name) => (to.met.get(name) ?? 0) < 3)).toEqual([])
  })

  test('the boundary seconds of a debt auction are strict', () => {
    const terms = { beg: 105n * 10n ** 16n, pad: 15n * 10n ** 17n, ttl: 10_800n, tau: 172_800n }
    const auction = { lot: 1_000n, tic: 500n, end: 900n }
    expect(dent(auction, 900n, terms, 499n)).toMatchObject({ lot: 900n, tic: 11_299n })
    expect(dent(auction, 900n, terms, 500n)).toBe('already-finished-tic')
    expect([isDealable(auction, 500n), isDealable(auction, 501n)]).toEqual([false, true])
    // a first bid must be lower already
    expect(dent({ ...auction, tic: 0n }, 1_000n, terms, 1n)).toBe('lot-not-lower')
    // an auction that was dealt: nothing to deal, whatever a tick did to its end
    expect(isDealable({ lot: 0n, tic: 0n, end: 1n }, 10n)).toBe(false)
  })

  test('one unit of dai in the Vow blocks a debt auction until it is healed in the same transaction', () => {
    const books = { sin: 50n, queued: 10n, onAuction: 5n, dai: 1n }
    expect(flop(books, 30n)).toBe('surplus-not-zero')
    expect(healable(books)).toBe(1n)
    const healed = { ...books, sin: 49n, dai: 0n }
    expect(flop(healed, 34n)).toEqual({ ...healed, onAuction: 39n })
    expect(flop(healed, 35n)).toBe('insufficient-debt')
    expect(healable({ ...books, queued: 60n })).toBe(0n)
  })
})
