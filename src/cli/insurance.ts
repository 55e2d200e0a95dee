import { formatUnits } from 'ethers'
import { coverageRow, insuranceOf, type CoverageRow, type InsuranceRow } from '../auctions/insurance.js'
import { toAddress } from '../domain/chain.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { openChain } from './chain-access.js'
import { settingsOf, withSettingFlags, type Register } from './command.js'
import { table, wadText } from './screen.js'
import { marketsOf } from './strategies.js'

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)

const amount = (value: string | null): string => (value === null ? '' : wadText(BigInt(value)))

function linesOf(rows: readonly InsuranceRow[]): string[] {
  const sums = table(
    ['market', 'venue', 'surplus', 'queued', 'auctionable', 'on auction', 'running', 'works'],
    rows.map((row) => [
      ...[row.market, row.venue, amount(row.surplus), amount(row.queuedDebt), amount(row.auctionableDebt)],
      ...[amount(row.onAuctionDebt), row.auctions.length, row.enabled ? 'yes' : row.reasons.join('; ')],
    ]),
  )
  const running = rows.flatMap(({ auctions }) =>
    auctions.map(({ name, phase, pay, get }) => [name, phase, amount(pay), amount(get)]),
  )
  return running.length === 0 ? sums : [...sums, '', ...table(['auction', 'phase', 'pay', 'get'], running)]
}

/** Deficits and what is staked against them. */
function coverLines(rows: readonly CoverageRow[]): string[] {
  const units = (value: string, decimals: number): string => formatUnits(value, decimals)
  return table(
    ['market', 'reserve', 'deficit', 'not covered', 'taken', 'slashable', 'staked for it'],
    rows.map(({ market, symbol, decimals, deficit, offset, pending, slashable, stakes }) => [
      ...[market, symbol, units(deficit, decimals), units(offset, decimals), units(pending, decimals)],
      units(slashable, decimals),
      stakes.map((one) => `${units(one.assets, one.decimals)} in ${one.symbol}`).join('; ') || 'nothing',
    ]),
  )
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('insurance')
      .description(
        "print protocols' reserves, queued and auctionable debt, the auctions that run for it, and what covers deficits",
      )
      .option('--json', 'one JSON array; amounts as decimal strings'),
  ).action(async (options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      const head = await access.latest()
      const us = settings.auctionAgent ?? NOBODY
      const rows: InsuranceRow[] = []
      const cover: CoverageRow[] = []
      for (const { market, refill, coverage } of marketsOf(access.file)) {
        if (refill !== null) rows.push(...(await insuranceOf(access.reader, market, refill, us, head)))
        const read = coverage === null ? [] : await coverage(access.reader, market, head)
        cover.push(...read.map((one) => coverageRow(market.id, one)))
      }
      if (options.json) cli.out(JSON.stringify([...rows, ...cover]))
      else
        for (const line of [...linesOf(rows), ...(cover.length === 0 ? [] : ['', ...coverLines(cover)])]) cli.out(line)
    } finally {
      access.close()
    }
  })
}
