import { settingsOf, withSettingFlags, type Register } from './command.js'
import { readLedger } from './read-ledger.js'
import { reportJson, reportText } from './report-view.js'

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('report')
      .description('print profit and loss, transactions and reasons from the ledger in DATA_DIR')
      .option('--json', 'one JSON object: money as decimal strings'),
  ).action((options: { json?: true }, command) => {
    const settings = settingsOf(command, cli, 'nothing')
    readLedger(settings, (ledger) => {
      const [report, refusals] = [ledger.report(), ledger.refusals()]
      if (options.json) cli.out(reportJson(report, refusals))
      else for (const line of reportText(report, refusals)) cli.out(line)
    })
  })
}
