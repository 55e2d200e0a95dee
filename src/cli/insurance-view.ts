import { formatUnits } from 'ethers'
import type { CoverageRow } from '../auctions/coverage.js'
import type { AuctionRow, InsuranceRow } from '../auctions/insurance.js'
import type { StoreFrontRow } from '../auctions/store-front.js'
import type { BackstopDay } from '../ledger/backstop.js'
import { amountText, cut, readable, table, usdText, wadText } from './screen.js'

/** Auctions of one venue that a screen is given; `--json` has them all. */
const MOST_ROWS = 12

const amount = (value: string | null): string => (value === null ? '' : wadText(BigInt(value)))
const coins = (value: string | null): string => (value === null ? '–' : amountText(BigInt(value), 18))
const time = (seconds: string): string => new Date(Number(seconds) * 1000).toISOString().slice(0, 16).replace('T', ' ')

/** What `keeper insurance` prints: the cushion, what is due when, what runs and what we think of it, and backstop mode's days. Pure. */
export function insuranceLines(
  rows: readonly InsuranceRow[],
  days: readonly BackstopDay[],
  budgetUsd8: bigint,
): string[] {
  return [...sums(rows), ...due(rows), ...running(rows), ...locked(rows), ...backstop(days, budgetUsd8)]
}

function sums(rows: readonly InsuranceRow[]): string[] {
  if (rows.length === 0) return []
  return table(
    ['market', 'venue', 'surplus', 'queued', 'auctionable', 'on auction', 'covered', 'running', 'works'],
    rows.map((row) => [
      ...[row.market, row.venue, amount(row.surplus), amount(row.queuedDebt), amount(row.auctionableDebt)],
      ...[amount(row.onAuctionDebt), row.coverage === null ? '' : `${(row.coverage.bps / 100).toFixed(1)} %`],
      ...[row.auctions.length - row.startable, row.enabled ? 'yes' : row.reasons.join('; ')],
    ]),
  )
}

function due(rows: readonly InsuranceRow[]): string[] {
  const lines = rows.flatMap(({ market, maturing }) =>
    maturing.map(({ debt, at }) => [market, amount(debt), `${time(at)} UTC`]),
  )
  return lines.length === 0 ? [] : ['', 'debt that waits', ...table(['market', 'debt', 'auctionable from'], lines)]
}

function running(rows: readonly InsuranceRow[]): string[] {
  const shown = rows.flatMap(({ auctions }) => auctions.slice(0, MOST_ROWS))
  const all = rows.reduce((sum, { auctions }) => sum + auctions.length, 0)
  if (shown.length === 0) return []
  const note = all > shown.length ? ` (${shown.length} of ${all}; --json has all)` : ''
  const lines = shown.map(({ name, phase, pay, get, fair, decision }) => [
    ...[name, phase, coins(pay), coins(get), coins(fair), said(decision)],
  ])
  return ['', `auctions${note}`, ...table(['auction', 'phase', 'pay', 'get', 'worth', 'we'], lines)]
}

function locked(rows: readonly InsuranceRow[]): string[] {
  const lines = rows.flatMap((row) =>
    row.locked.map(({ name, pay, until }) => [name, amount(pay), `${time(until)} UTC`]),
  )
  return lines.length === 0 ? [] : ['', 'our capital in bids', ...table(['auction', 'locked', 'at most until'], lines)]
}

const said = (decision: AuctionRow['decision']): string =>
  decision === null
    ? 'not looked at yet'
    : `${decision.act === 'bid' ? '' : 'no: '}${cut(readable(decision.why))} (${decision.block})`

function backstop(days: readonly BackstopDay[], budgetUsd8: bigint): string[] {
  if (days.length === 0) return []
  const lines = days.map(({ market, day, expectedLossUsd8, realisedUsd8, saved }) => [
    ...[day, market, usdText(expectedLossUsd8), usdText(budgetUsd8), usdText(realisedUsd8), amountText(saved, 18)],
  ])
  return ['', 'our part', ...table(['day', 'market', 'loss', 'of budget', 'realised', 'debt covered'], lines)]
}

/** Deficits and what is staked against them. */
export function coverageLines(rows: readonly CoverageRow[]): string[] {
  const units = (value: string, decimals: number): string => formatUnits(value, decimals)
  if (rows.length === 0) return []
  return [
    '',
    ...table(
      ['market', 'reserve', 'deficit', 'not covered', 'taken', 'slashable', 'staked for it'],
      rows.map(({ market, symbol, decimals, deficit, offset, pending, slashable, stakes }) => [
        ...[market, symbol, units(deficit, decimals), units(offset, decimals), units(pending, decimals)],
        units(slashable, decimals),
        stakes.map((one) => `${units(one.assets, one.decimals)} in ${one.symbol}`).join('; ') || 'nothing',
      ]),
    ),
  ]
}

/** Reserves against their target, and what is sold for them: all of each collateral at the store front's price and at the pools'. */
export function storeLines(rows: readonly StoreFrontRow[]): string[] {
  if (rows.length === 0) return []
  const of = (value: string, decimals: number): string => amountText(BigInt(value), decimals)
  const fronts = rows.map(({ market, symbol, decimals, reserves, target, forSale, reasons }) => [
    ...[market, symbol, of(reserves, decimals), of(target, decimals)],
    [forSale ? 'yes' : 'no', ...reasons].join('; '),
  ])
  const stock = rows.flatMap(({ market, symbol, decimals, stock: shelves }) =>
    shelves.map((one) => [
      ...[market, `${of(one.amount, one.decimals)} ${one.symbol}`, `${of(one.pay, decimals)} ${symbol}`],
      ...[one.fair === null ? '–' : `${of(one.fair, decimals)} ${symbol}`, said(one.decision)],
    ]),
  )
  return [
    '',
    ...table(['market', 'base', 'reserves', 'target', 'sells collateral'], fronts),
    ...(stock.length === 0 ? [] : ['', 'collateral of absorbed positions']),
    ...(stock.length === 0 ? [] : table(['market', 'stock', 'costs', 'worth', 'we'], stock)),
  ]
}
