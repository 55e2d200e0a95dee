import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { coverageRow, type CoverageRow } from '../auctions/coverage.js'
import { insuranceOf, snapshotsOf, type DecisionRow, type InsuranceRow, type Opinion } from '../auctions/insurance.js'
import type { RefillProtocol } from '../auctions/protocol.js'
import type { VenueSnapshot } from '../auctions/insurance.js'
import type { ChainConfig } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Head, type Reader } from '../domain/chain.js'
import type { Market } from '../domain/market.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { backstopDays, type BackstopDay } from '../ledger/backstop.js'
import type { Ledger } from '../ledger/ledger.js'
import { PoolLoader } from '../profit/pool-loader.js'
import { venuesOf } from '../profit/venues.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { settingsOf, withSettingFlags, type Register } from './command.js'
import { coverageLines, insuranceLines } from './insurance-view.js'
import { decisionsNow } from './insurance-decisions.js'
import { auctionMeans, type AuctionMeans } from './keeper/auctions/dry-agent.js'
import { Exits } from './keeper/auctions/exits.js'
import { auctionMarkets } from './keeper/auctions/open-room.js'
import { readLedger } from './read-ledger.js'
import { marketsOf, type KnownMarket } from './strategies.js'

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)

/** What the pools pay in pay tokens at `head`, net of the impact of the size. */
async function pricesOf(
  reader: Reader,
  chain: ChainConfig,
  pay: `0x${string}`,
  snapshots: readonly VenueSnapshot[],
  head: Head,
): Promise<Opinion['fair']> {
  const tokens = new Set(snapshots.map(({ snapshot }) => snapshot.template.getToken))
  const sales = [...tokens].map((address) => ({ collateral: { address }, debt: { address: pay } }))
  const book = await new PoolLoader(venuesOf(chain), chain).load(reader, sales, head.number)
  const exits = new Exits(book, chain.wrappedNative, pay)
  return (token, amount) => {
    if (token === exits.native) return exits.direct(token, pay, amount)?.out ?? null
    const wei = exits.wei(token, amount)
    return wei === null ? null : exits.payFor(wei)
  }
}

/** The newest of what was sent for an auction and why nothing was. */
function decisionsOf(ledger: Ledger, market: string): Opinion['decision'] {
  const { attemptRows: attempts } = ledger.report()
  return (name): DecisionRow | null => {
    const sent = attempts.findLast(({ legs }) => legs.some((leg) => leg.market === market && leg.position === name))
    const leg = sent?.legs.find(({ position }) => position === name)
    const no = ledger.lastRefusal(market, name)
    if (sent !== undefined && leg !== undefined && (no === null || no.lastBlock < sent.targetBlock))
      return { act: 'bid', why: `${leg.route}: ${sent.outcome}`, block: sent.targetBlock }
    return no === null ? null : { act: 'not', why: no.detail, block: no.lastBlock }
  }
}

function daysOf(ledger: Ledger, market: Market, refill: RefillProtocol): BackstopDay[] {
  const pay = refill.payToken(market)
  const inside = refill.internalTokens(market).filter(({ of }) => of === pay.address)
  const claims = inside.find(({ claims: standing }) => standing === true)
  if (claims === undefined) return []
  const whole = inside.reduce((most, { unit }) => (unit > most ? unit : most), 1n)
  const units = new Map(inside.map(({ token, unit }) => [token, whole / unit] as const)).set(pay.address, whole)
  return backstopDays(ledger.report().bookings, market.id, { units, claims: claims.token, whole })
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

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('insurance')
      .description(
        "print protocols' reserves, queued and auctionable debt, the auctions that run for it, what they are worth to us and why we bid or not, and what covers deficits",
      )
      .option('--json', 'one JSON array; amounts as decimal strings'),
  ).action(async (options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      const head = await access.latest()
      const known = marketsOf(access.file)
      const means = await meansOf(access, settings, known, head.number)
      for (const note of means.notes) cli.note(note)
      const us = means.settings.auctionAgent ?? NOBODY
      const rows: (InsuranceRow & { readonly days: readonly BackstopDay[] })[] = []
      const cover: CoverageRow[] = []
      for (const one of known) {
        const { market, refill, coverage } = one
        const read = coverage === null ? [] : await coverage(access.reader, market, head)
        cover.push(...read.map((one) => coverageRow(market.id, one)))
        if (refill === null) continue
        const snapshots = await snapshotsOf(means.reader, market, refill, us, head)
        const fair = await pricesOf(access.reader, access.file.chain, refill.payToken(market).address, snapshots, head)
        const [place] = means.assumed === null ? [] : auctionMarkets([one])
        const now = place === undefined ? (): null => null : await decisionsNow(access, place, means, head)
        let found: InsuranceRow[] = insuranceOf(market, snapshots, head.timestamp, { fair, decision: now })
        let days: BackstopDay[] = []
        if (existsSync(join(settings.dataDir, 'ledger.db')))
          readLedger(settings, (ledger) => {
            const past = decisionsOf(ledger, market.id)
            const opinion = { fair, decision: (name: string) => past(name) ?? now(name) }
            found = insuranceOf(market, snapshots, head.timestamp, opinion)
            days = daysOf(ledger, market, refill)
          })
        rows.push(...found.map((row) => ({ ...row, days: row.badDebt === null ? [] : days })))
      }
      if (options.json) cli.out(jsonOf([...rows, ...cover]))
      else {
        const days = rows.flatMap((row) => row.days)
        const lines = insuranceLines(rows, days, settings.backstopDailyLossUsd8)
        for (const line of [...lines, ...coverageLines(cover)]) cli.out(line)
      }
    } finally {
      access.close()
    }
  })
}

const jsonOf = (rows: readonly (InsuranceRow | CoverageRow)[]): string =>
  JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
