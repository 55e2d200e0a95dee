import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { coverageRow, type CoverageRow } from '../auctions/coverage.js'
import { insuranceOf, snapshotsOf, type InsuranceRow, type Opinion } from '../auctions/insurance.js'
import type { RefillProtocol } from '../auctions/protocol.js'
import { storeFrontRow, type StoreFrontReader, type StoreFrontRow } from '../auctions/store-front.js'
import type { ChainConfig } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address, type Head, type Reader } from '../domain/chain.js'
import { decimal } from '../domain/decimal-json.js'
import type { Market } from '../domain/market.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { backstopDays, type BackstopDay } from '../ledger/backstop.js'
import type { BackstopRow } from '../ledger/backstop-report.js'
import type { Ledger } from '../ledger/ledger.js'
import { PoolLoader } from '../profit/pool-loader.js'
import { venuesOf } from '../profit/venues.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { settingsOf, withSettingFlags, type Register } from './command.js'
import { coverageLines, insuranceLines, storeLines } from './insurance-view.js'
import { decisionsNow, decisionsTold } from './insurance-decisions.js'
import { auctionMeans, type AuctionMeans } from './keeper/auctions/dry-agent.js'
import { Exits } from './keeper/auctions/exits.js'
import { auctionMarkets } from './keeper/auctions/open-room.js'
import { readLedger } from './read-ledger.js'
import { backstopLines } from './report-view.js'
import { marketsOf, type KnownMarket } from './strategies.js'

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)

/** What the pools pay in pay tokens at `head`, net of the impact of the size. */
async function pricesOf(
  reader: Reader,
  chain: ChainConfig,
  pay: Address,
  tokens: readonly Address[],
  head: Head,
): Promise<Opinion['fair']> {
  const sales = [...new Set(tokens)].map((address) => ({ collateral: { address }, debt: { address: pay } }))
  const book = await new PoolLoader(venuesOf(chain), chain).load(reader, sales, head.number)
  const exits = new Exits(book, chain.wrappedNative, pay)
  return (token, amount) => {
    if (token === exits.native) return exits.direct(token, pay, amount)?.out ?? null
    const wei = exits.wei(token, amount)
    return wei === null || pay === exits.native ? wei : exits.payFor(wei)
  }
}

function daysOf(ledger: Ledger, market: Market, refill: RefillProtocol): BackstopDay[] {
  const pay = refill.payToken(market)
  const inside = refill.internalTokens(market).filter(({ of }) => of === pay.address)
  // without debt auctions of ours no claim ends, and nothing counts as saved
  const claims = inside.find(({ claims: standing }) => standing === true)?.token ?? NOBODY
  const whole = inside.reduce((most, { unit }) => (unit > most ? unit : most), 1n)
  const units = new Map(inside.map(({ token, unit }) => [token, whole / unit] as const)).set(pay.address, whole)
  return backstopDays(ledger.report().bookings, market.id, { units, claims, whole })
}

/** Without a deployed agent: one that is assumed, so that decisions can be shown. */
const meansOf = (
  { reader, file }: ChainAccess,
  settings: Settings,
  known: readonly KnownMarket[],
  block: number,
): Promise<AuctionMeans> =>
  auctionMeans({
    ...{ settings, reader, markets: auctionMarkets(known), wrappedNative: file.chain.wrappedNative },
    ...{ operators: [], dryRun: true, block },
  })

interface View {
  readonly access: ChainAccess
  readonly settings: Settings
  readonly means: AuctionMeans
  readonly head: Head
}

/** What the ledger in `DATA_DIR` tells; null where no keeper wrote one. */
function fromLedger<T>(settings: Settings, read: (ledger: Ledger) => T): T | null {
  let found: T | null = null
  if (existsSync(join(settings.dataDir, 'ledger.db')))
    readLedger(settings, (ledger) => {
      found = read(ledger)
    })
  return found
}

interface AuctionsOf extends InsuranceRow {
  readonly days: readonly BackstopDay[]
}

/** The auctions of one market, with the newest decision on each: a keeper's, else what one would decide now. */
async function auctionsOf(view: View, known: KnownMarket, refill: RefillProtocol): Promise<AuctionsOf[]> {
  const { access, settings, means, head } = view
  const { market } = known
  const us = means.settings.auctionAgent ?? NOBODY
  const snapshots = await snapshotsOf(means.reader, market, refill, us, head)
  const won = snapshots.map(({ snapshot }) => snapshot.template.getToken)
  const fair = await pricesOf(access.reader, access.file.chain, refill.payToken(market).address, won, head)
  const [place] = means.assumed === null ? [] : auctionMarkets([known])
  const now = place === undefined ? (): null => null : await decisionsNow(access, place, means, head)
  const told = (decision: Opinion['decision']): InsuranceRow[] =>
    insuranceOf(market, snapshots, head.timestamp, { us, fair, decision })
  const { rows, days } = fromLedger(settings, (ledger) => {
    const past = decisionsTold(ledger, market.id)
    return { rows: told((name) => past(name) ?? now(name)), days: daysOf(ledger, market, refill) }
  }) ?? { rows: told(now), days: [] }
  return rows.map((row) => ({ ...row, days: row.badDebt === null ? [] : days }))
}

/** The store front of one market, with what a keeper last did or refused there. */
async function storeOf(
  { access, settings, head }: View,
  market: Market,
  read: StoreFrontReader,
): Promise<StoreFrontRow> {
  const front = await read(access.reader, market, head)
  const sold = front.stock.map(({ token }) => token.address)
  const fair = await pricesOf(access.reader, access.file.chain, front.base.address, sold, head)
  const row = (decision: Opinion['decision']): StoreFrontRow => storeFrontRow(market.id, front, { fair, decision })
  return fromLedger(settings, (ledger) => row(decisionsTold(ledger, market.id))) ?? row(() => null)
}

/** Everything that stands between protocols' losses and their users, at the newest block. */
async function insuranceView(view: View): Promise<{
  readonly auctions: readonly AuctionsOf[]
  readonly stores: readonly StoreFrontRow[]
  readonly cover: readonly CoverageRow[]
}> {
  const { access, head } = view
  const [auctions, stores, cover]: [AuctionsOf[], StoreFrontRow[], CoverageRow[]] = [[], [], []]
  for (const known of marketsOf(access.file)) {
    const { market, refill, coverage, store } = known
    if (coverage !== null)
      cover.push(...(await coverage(access.reader, market, head)).map((one) => coverageRow(market.id, one)))
    if (store !== null) stores.push(await storeOf(view, market, store))
    if (refill !== null) auctions.push(...(await auctionsOf(view, known, refill)))
  }
  return { auctions, stores, cover }
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('insurance')
      .description(
        "print protocols' reserves, queued and auctionable debt, the auctions that run for it, what is on sale for it, what they are worth to us and why we bid or not, and what covers deficits",
      )
      .option('--json', 'one JSON array; amounts as decimal strings'),
  ).action(async (options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      const head = await access.latest()
      const means = await meansOf(access, settings, marketsOf(access.file), head.number)
      for (const note of means.notes) cli.note(note)
      const { auctions, stores, cover } = await insuranceView({ access, settings, means, head })
      const ended = fromLedger(settings, (ledger) => ledger.report().backstop) ?? []
      const lent = ended.filter(({ endedBase }) => endedBase !== null)
      if (options.json) cli.out(jsonOf([...auctions, ...stores, ...cover, ...lent]))
      else {
        const days = auctions.flatMap((row) => row.days)
        const lines = insuranceLines(auctions, days, settings.backstopDailyLossUsd8)
        const own = lent.length === 0 ? [] : ['', 'ended at a loss', ...backstopLines(lent)]
        const all = [...lines, ...storeLines(stores), ...coverageLines(cover), ...own]
        for (const line of all[0] === '' ? all.slice(1) : all) cli.out(line)
      }
    } finally {
      access.close()
    }
  })
}

const jsonOf = (rows: readonly (InsuranceRow | StoreFrontRow | CoverageRow | BackstopRow)[]): string =>
  JSON.stringify(rows, decimal)
