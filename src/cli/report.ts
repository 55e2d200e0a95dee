import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readMarketFile } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import { SqliteLedger } from '../ledger/sqlite-ledger.js'
import { settingsOf, withSettingFlags, type Register } from './command.js'
import { reportJson, reportText } from './report-view.js'

/** Readers never book, so the token matters only where the market file is at hand. */
const wrappedNativeOf = (settings: Settings): Address =>
  settings.marketsFile === null
    ? toAddress(`0x${'0'.repeat(40)}`)
    : readMarketFile(settings.marketsFile).chain.wrappedNative

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('report')
      .description('print profit and loss, transactions and reasons from the ledger in DATA_DIR')
      .option('--json', 'one JSON object: money as decimal strings'),
  ).action((options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'nothing')
    if (!existsSync(join(settings.dataDir, 'ledger.db')))
      throw new SettingsError('DATA_DIR', `${settings.dataDir} holds no ledger; no keeper has worked there yet`)
    const ledger = new SqliteLedger({
      dataDir: settings.dataDir,
      accounts: null,
      wrappedNative: wrappedNativeOf(settings),
    })
    try {
      const [report, refusals] = [ledger.report(), ledger.refusals()]
      if (options.json) cli.out(reportJson(report, refusals))
      else for (const line of reportText(report, refusals)) cli.out(line)
    } finally {
      ledger.close()
    }
  })
}
