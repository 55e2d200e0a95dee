import { bidShareOf } from '../config/bid-share.js'
import { readMarketFile } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { bidsText, bidsView } from './bids-view.js'
import { settingsOf, withSettingFlags, type Register } from './command.js'
import { readLedger } from './read-ledger.js'

/** The share that learning starts from; the chain's own where no market file is named. */
const baseOf = (settings: Settings): number => {
  const { marketsFile, bidBps } = settings
  if (marketsFile !== null) return bidShareOf(settings, readMarketFile(marketsFile).chain)
  return bidBps ?? 8_000
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('bids')
      .description('explain what is bid for a place in a block: per asset and builder, from blocks won and lost')
      .option('--json', 'one JSON object: shares in basis points'),
  ).action((options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'nothing')
    readLedger(settings, (ledger) => {
      const report = ledger.report()
      const limits = { baseBps: baseOf(settings), maxBps: settings.maxFeeShareBps, leastBps: settings.minBidBps }
      const view = bidsView(ledger.contests(), report, limits)
      if (options.json) cli.out(JSON.stringify(view))
      else for (const line of bidsText(view, report.tokens)) cli.out(line)
    })
  })
}
