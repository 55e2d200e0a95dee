import { settingsOf, withSettingFlags, type Register } from './command.js'
import { missedJson, missedText } from './missed-view.js'
import { readLedger } from './read-ledger.js'

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('missed')
      .description('print liquidations by others of positions in our markets, and why they were not ours')
      .option('--json', 'one JSON object: money as decimal strings'),
  ).action((options: { json?: true }, command) => {
    readLedger(settingsOf(command, cli, 'nothing'), (ledger) => {
      const misses = ledger.misses()
      if (options.json) cli.out(missedJson(misses))
      else for (const line of missedText(misses)) cli.out(line)
    })
  })
}
