import { formatUnits } from 'ethers'
import type { Settings } from '../config/settings.js'
import { decimal } from '../domain/decimal-json.js'
import { SettingsError } from '../domain/errors.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { examineAgent } from './doctor-agent.js'
import { findingLine, type Finding } from './doctor-findings.js'
import { exitDepths, priceSources, type ExitDepth, type OpaqueFeed, type PriceTree } from './doctor-replica.js'
import { examineEndpoints, examineExecutor, examineMarkets, examineSettings } from './doctor-setup.js'
import { addressesOf, loadOperators } from './operators.js'
import { replicas } from './replicas.js'
import { table } from './screen.js'
import { marketsOf } from './strategies.js'

interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly priceTrees: readonly PriceTree[]
  readonly opaqueFeeds: readonly OpaqueFeed[]
  readonly exitDepths: readonly ExitDepth[]
}

async function examine(access: ChainAccess, settings: Settings, cli: Cli, quick: boolean): Promise<Diagnosis> {
  const markets = marketsOf(access.file)
  const operators = await loadOperators(settings, cli.redactor)
  const keys = operators === null ? [] : addressesOf(operators)
  const head = await access.latest()
  const onMarkets = await examineMarkets(access, markets, head)
  const findings = [
    ...examineSettings(settings, access),
    ...(await examineEndpoints(access)),
    ...onMarkets,
    ...(await examineExecutor(access, settings, markets, keys, head.number)),
    ...(await examineAgent(access, settings, markets, keys, head)),
  ]
  if (quick || onMarkets.some(({ level }) => level === 'problem'))
    return { findings, priceTrees: [], opaqueFeeds: [], exitDepths: [] }
  cli.note('reading the markets for price sources and exits …')
  const indexers = await replicas(access, markets, settings.dataDir)
  const { chain } = access.file
  const depths = await Promise.all(
    indexers.map((each) => exitDepths(each, access.reader, chain, settings.maxExitShortfallBps)),
  )
  const sources = indexers.map(priceSources)
  return {
    findings,
    priceTrees: sources.flatMap(({ trees }) => trees),
    opaqueFeeds: sources.flatMap(({ opaque }) => opaque),
    exitDepths: depths.flat(),
  }
}

/** Base currency as dollars; Aave's has 8 decimals. */
const dollars = (base: bigint): string =>
  Number(formatUnits(base, 8)).toLocaleString('en-US', { maximumFractionDigits: 0 })

/** A line per contract, the tree of each price under its symbol. */
function treeRows({ symbol, debtBase, lines }: PriceTree): string[][] {
  return lines.map(({ text, answer, contract }, i) => [
    i === 0 ? symbol : '',
    text,
    answer,
    i === 0 ? dollars(debtBase) : '',
    contract,
  ])
}

function print(diagnosis: Diagnosis, settings: Settings, cli: Cli): void {
  const { findings, priceTrees, opaqueFeeds: feeds, exitDepths: depths } = diagnosis
  for (const finding of findings) cli.out(findingLine(finding))
  for (const market of new Set(priceTrees.map((one) => one.market))) {
    cli.out(`\nPrices of ${market}, down to what announces them, and the debt that leans on each:`)
    const rows = priceTrees.filter((one) => one.market === market).flatMap(treeRows)
    for (const line of table(['price', 'source', 'answer', 'debt USD', 'contract'], rows)) cli.out(line)
  }
  if (feeds.length > 0) {
    cli.out('\nPrice sources that no event explains (asked for at every block), and the debt that leans on them:')
    const rows = feeds.map((f) => [f.market, f.symbol, f.source, dollars(f.debtBase), f.why])
    for (const line of table(['market', 'price', 'source', 'debt USD', 'why'], rows)) cli.out(line)
  }
  if (depths.length > 0) {
    cli.out(
      `\nExit depth: what can be sold for the wrapped native token at no more than ${settings.maxExitShortfallBps} bps below the oracle:`,
    )
    const rows = depths.map((d) => [
      d.market,
      d.symbol,
      d.depthBase === null ? 'needs none' : dollars(d.depthBase),
      dollars(d.debtBase),
    ])
    for (const line of table(['market', 'collateral', 'depth USD', 'debt USD'], rows)) cli.out(line)
  }
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('doctor')
      .description(
        'examine settings, endpoints, markets, executor, price sources and exits; needs no key, sends nothing',
      )
      .option('--json', 'one JSON object')
      .option('--quick', 'leave out price sources and exits, which need a snapshot of the market'),
  ).action(async (options: { json?: true; quick?: true }, command) => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      const diagnosis = await examine(access, settings, cli, options.quick === true)
      if (options.json) cli.out(JSON.stringify(diagnosis, decimal))
      else print(diagnosis, settings, cli)
      const problems = diagnosis.findings.filter(({ level }) => level === 'problem').length
      if (problems > 0)
        throw new SettingsError('doctor', `found ${problems} problem(s); each line marked FAIL says what to do`)
    } finally {
      access.close()
    }
  })
}
