import {
  accrue,
  balanceOf,
  presentValue,
  rateAt,
  reservesOf,
  trackingAccrued,
  utilizationOf,
} from '../../../strategies/compound-v3/interest.js'
import {
  absorb,
  baseFor,
  discountedPrice,
  isForSale,
  isLiquidatable,
  liquidityOf,
  mulPrice,
  quoteCollateral,
} from '../../../strategies/compound-v3/rules.js'
import { type Case, type Recorded, casesOf, readRules, totalsOf } from './support/vector-file.js'

const STATES = 600

/** Everything that differs between a recorded answer and ours, by name. */
type Differences = string[]

function same(found: Differences, what: string, ours: unknown, theirs: unknown): void {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))
  if (text(ours) !== text(theirs)) found.push(`${what}: ${text(ours)} instead of ${text(theirs)}`)
}

function judgeViews({ state, config, totals, base, held, offer }: Case, found: Differences): void {
  const { view } = state
  const then = accrue(totals, config, BigInt(state.t))
  const principal = BigInt(state.principal)
  const utilization = utilizationOf(totals)
  same(found, 'utilization', utilization, BigInt(view.utilization))
  same(found, 'supplyRate', rateAt(config.supply, utilization), BigInt(view.supplyRate))
  same(found, 'borrowRate', rateAt(config.borrow, utilization), BigInt(view.borrowRate))
  same(found, 'totalSupply', presentValue(totals.totalSupply, then.supplyIndex), BigInt(view.totalSupply))
  same(found, 'totalBorrow', presentValue(totals.totalBorrow, then.borrowIndex), BigInt(view.totalBorrow))
  const balance = balanceOf(principal, then)
  same(found, 'borrowBalanceOf', balance < 0n ? -balance : 0n, BigInt(view.borrowBalanceOf))
  same(found, 'balanceOf', balance > 0n ? balance : 0n, BigInt(view.balanceOf))
  same(found, 'reserves', reservesOf(BigInt(state.baseBalance), then), BigInt(view.reserves))
  same(found, 'isLiquidatable', isLiquidatable(principal, totals, base, held), view.isLiquidatable)
  const reserves = BigInt(state.tokenBalance) - BigInt(state.totalCollateral)
  same(found, 'collateralReserves', reserves, BigInt(view.collateralReserves))
  for (const [amount, quote] of view.quotes) same(found, 'quote', quoteCollateral(offer, BigInt(amount)), BigInt(quote))
}

function judgeAbsorb(one: Case, found: Differences): void {
  const { state, config, totals, base, held, scenario } = one
  const at = accrue(totals, config, BigInt(state.absorb.t))
  const principal = BigInt(state.principal)
  const paused = (BigInt(state.pause) & 8n) !== 0n
  const error = paused ? 'Paused' : isLiquidatable(principal, at, base, held) ? null : 'NotLiquidatable'
  same(found, 'absorb', error, state.absorb.error)
  const theirs = state.absorb
  if (error !== null || theirs.error !== null) return
  const ours = absorb(principal, at, base, held)
  same(found, 'principal after', ours.newPrincipal, BigInt(theirs.principal))
  same(found, 'paidOut', ours.paidOut, BigInt(theirs.paidOut))
  same(found, 'usdValue', mulPrice(ours.paidOut, base.price, base.scale), BigInt(theirs.usdValue))
  same(found, 'totals after', ours.totals, totalsOf(theirs.totals))
  same(found, 'reserves after', reservesOf(BigInt(state.baseBalance), ours.totals), BigInt(theirs.reserves))
  const seized = held.map(({ balance, price, terms }) => [balance, mulPrice(balance, price, terms.scale)])
  same(
    found,
    'seized',
    seized,
    theirs.seized.map(([, amount, value]) => [BigInt(amount), BigInt(value)]),
  )
  const scales = { baseScale: config.baseScale, trackingIndexScale: BigInt(scenario.trackingIndexScale) }
  const [index, accrued] = theirs.tracked
  same(found, 'tracked', trackingAccrued(principal, BigInt(state.trackedFrom), at, scales), BigInt(accrued))
  same(found, 'tracking index', at.trackingSupplyIndex, BigInt(index))
}

function judgeBuy({ state, config, offer, scenario }: Case, found: Differences): void {
  const { buy } = state
  const at = accrue(totalsOf(buy.totals), config, BigInt(buy.t))
  const reserves = reservesOf(BigInt(buy.baseBalance), at)
  const [amount, stock] = [BigInt(buy.amount), BigInt(buy.collateralReserves)]
  const quote = quoteCollateral(offer, amount)
  const error = ((): string | null => {
    if ((BigInt(state.pause) & 16n) !== 0n) return 'Paused'
    if (!isForSale(reserves, BigInt(scenario.targetReserves))) return 'NotForSale'
    if (quote < BigInt(buy.min)) return 'TooMuchSlippage'
    return quote > stock ? 'InsufficientReserves' : null
  })()
  same(found, 'buy', error, buy.error)
  if (error !== null || buy.error !== null) return
  same(found, 'bought', quote, BigInt(buy.collateral))
  same(
    found,
    'reserves after the purchase',
    reservesOf(BigInt(buy.baseBalance) + amount, at),
    BigInt(buy.reservesAfter),
  )
  // the inverse of the quote is the most that the stock serves
  const most = baseFor(offer, stock)
  same(found, 'most', [quoteCollateral(offer, most) <= stock, quoteCollateral(offer, most + 1n) > stock], [true, true])
}

const branchesOf = ({ absorb: a, buy, view }: Recorded, contract: string): string[] => [
  contract,
  `absorb ${a.error ?? 'lands'}`,
  `buy ${buy.error ?? 'lands'}`,
  view.isLiquidatable ? 'the view says liquidatable' : 'the view says healthy',
  ...(a.error === 'NotLiquidatable' || a.error === null
    ? [view.isLiquidatable === (a.error === null) ? 'view and call agree' : 'liquidatable by accrual alone']
    : []),
  ...(a.error === null ? [a.principal === '0' ? 'shortfall' : 'surplus goes to the borrower'] : []),
]

describe('Comet against figures recorded from the contracts', () => {
  const file = readRules()
  const cases = casesOf(file)

  test('views, absorptions, purchases and their refusals are equal to the unit', () => {
    const met = new Map<string, number>()
    const differences: string[] = []
    for (const [i, one] of cases.entries()) {
      const found: Differences = []
      judgeViews(one, found)
      judgeAbsorb(one, found)
      judgeBuy(one, found)
      differences.push(...found.map((text) => `state ${String(i)}: ${text}`))
      for (const branch of branchesOf(one.state, one.scenario.contract)) met.set(branch, (met.get(branch) ?? 0) + 1)
    }
    process.stderr.write(
      `compound-v3: ${String(cases.length)} states: ${[...met].map(([k, n]) => `${k} ${String(n)}`).join(' · ')}\n`,
    )
    expect(file.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(differences).toEqual([])
    expect(cases.length).toBeGreaterThanOrEqual(STATES)
    const often = ['Comet', 'CometWithExtendedAssetList', 'absorb lands', 'absorb NotLiquidatable', 'absorb Paused']
    const buys = ['lands', 'NotForSale', 'Paused', 'TooMuchSlippage', 'InsufficientReserves'].map(
      (name) => `buy ${name}`,
    )
    const others = ['liquidatable by accrual alone', 'shortfall', 'surplus goes to the borrower']
    expect([...often, ...buys, ...others].filter((name) => (met.get(name) ?? 0) < 20)).toEqual([])
  })

  test('the sums of a health factor agree with the decision', () => {
    for (const { state, totals, base, held } of cases) {
      const principal = BigInt(state.principal)
      const { weighted, debt } = liquidityOf(balanceOf(principal, totals), base, held)
      expect(principal < 0n && weighted < debt).toBe(state.view.isLiquidatable)
    }
  })

  test('reserves that are exactly at their target sell nothing, negative ones are below any', () => {
    expect([isForSale(4n, 5n), isForSale(5n, 5n), isForSale(-1n, 0n), isForSale(0n, 0n)]).toEqual([
      ...[true, false, true, false],
    ])
  })

  test('a discount takes both factors, each product rounded down', () => {
    const terms = { scale: 1n, liquidateFactor: 0n, liquidationFactor: 95n * 10n ** 16n }
    // 50 % of a penalty of 5 %
    expect(discountedPrice(2_000_00000000n, terms, 5n * 10n ** 17n)).toBe(1_950_00000000n)
  })
})
