import { Option, type Command } from 'commander'
import { availableParallelism, loadavg } from 'node:os'
import { startDevnet, type Devnet } from '../devnet/devnet.js'
import { SqliteLedger } from '../ledger/sqlite-ledger.js'
import type { Cli, Register } from './command.js'
import { askJudge } from './demo/ask-judge.js'
import { balancesAt, finalPrices, ownerDeltaWei, type Balances } from './demo/books.js'
import { crash } from './demo/crash.js'
import { devnetKeeperEnv } from './demo/keeper-env.js'
import { KeeperProcess } from './demo/keeper-process.js'
import { metricsFaults } from './demo/metrics-check.js'
import { faultsOf, refusedOf, resultTable, type DemoResult } from './demo/result.js'
import { tell } from './demo/story.js'
import { Witness } from './demo/witness.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import { playDebtAuction } from './demo/debt-auction/play.js'
import { wholeNumber } from './whole-number.js'

/** A busy machine may hold up the local chain for some seconds; a real one is given what suits its pace. */
const MAX_HEAD_AGE_SECONDS = '20'

interface Options {
  readonly scenario: 'crash' | 'debt-auction'
  readonly json?: true
  readonly dryRun?: true
  readonly borrowers: number
}

/** Owner, operator and the rest at the start; what the chain had then. */
interface Opening {
  readonly block: number
  readonly balances: Balances
}

async function demo(options: Options, cli: Cli): Promise<void> {
  const started = Date.now()
  const say = (line: string): void => {
    if (options.json) cli.note(line)
    else cli.out(line)
  }
  say('devnet     starting a local chain with Aave v3.6, Uniswap v3, borrowers and a block builder')
  const blockTimeSeconds = paceOf(loadavg()[0] ?? 0, availableParallelism())
  const devnet = await startDevnet({
    ...{ borrowers: options.borrowers, markets: ['v3.6'], blockTimeSeconds, etherPool: true },
  })
  // the keeper hears Ctrl-C itself; nothing else of the demo may stay behind
  const interrupted = (): void => {
    void devnet.stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    await play(devnet, options, started, say, cli)
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    await devnet.stop()
  }
}

/** The same for debt auctions: the chain, the keeper and a rival, each a process of its own. */
async function debtAuction(options: Options, cli: Cli): Promise<void> {
  if (options.dryRun) throw new SettingsError('--dry-run', 'is for the scenario crash alone')
  const say = (line: string): void => {
    if (options.json) cli.note(line)
    else cli.out(line)
  }
  say('devnet     starting a local chain with GEB, two pools, a rival bidder and a block builder')
  let stop: (() => Promise<void>) | null = null
  const interrupted = (): void => {
    void Promise.resolve(stop?.()).finally(() => process.exit(130))
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    const blockTimeSeconds = paceOf(loadavg()[0] ?? 0, availableParallelism())
    const onDevnet = (devnet: { stop(): Promise<void> }): void => {
      stop = () => devnet.stop()
    }
    const result = await playDebtAuction({ blockTimeSeconds, say, onDevnet })
    if (options.json) cli.out(JSON.stringify(result))
    else cli.out('VERDICT    all is well')
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

async function play(
  devnet: Devnet,
  options: Options,
  started: number,
  say: (line: string) => void,
  cli: Cli,
): Promise<void> {
  const dryRun = options.dryRun ?? false
  const [market] = devnet.markets
  if (market === undefined) throw new KeeperError('demo', 'the devnet has no market')
  say(`devnet     ${devnet.positions.length} borrowers on ${market.id}, ready after ${sinceText(started)}`)
  const { env } = devnet.description
  const dataDir = env['DATA_DIR'] ?? ''
  const witness = new Witness(devnet, market)
  const opening = await open(devnet)
  const keeper = await KeeperProcess.start(
    devnetKeeperEnv(process.env, { ...env, DRY_RUN: String(dryRun), MAX_HEAD_AGE_SECONDS }),
    dataDir,
    (event) => {
      const line = tell(event)
      if (line !== null) say(line)
    },
  )
  let metrics: string
  try {
    say(`keeper     follows the chain after ${sinceText(started)}`)
    await crash({ devnet, keeper, witness, say })
    metrics = await keeper.metrics()
  } finally {
    await keeper.stop()
  }
  await devnet.builder.stopClock()
  say('judge      tries every liquidation that is left')
  const terms = { minProfitUsd: Number(env['MIN_PROFIT_USD']), bidBps: Number(env['BID_BPS']) }
  const verdict = await askJudge(devnet, market, terms)
  const prices = await finalPrices(devnet)
  const ledger = new SqliteLedger({ dataDir, accounts: null, wrappedNative: devnet.ground.tokens.WETH.address })
  try {
    const report = ledger.report()
    const landed = await witness.landed(opening.block)
    const end = await headOf(devnet)
    const result: DemoResult = {
      scenario: 'crash',
      market: market.id,
      positions: devnet.positions.length,
      liquidatable: witness.liquidatable.size,
      landed: landed.size,
      refused: refusedOf(witness.liquidatable, landed, ledger.refusals()),
      profitableLeft: verdict.profitableLeft,
      badDebtBase: verdict.badDebtBase,
      profitWei: ledger.totals(prices).toString(),
      ownerDeltaWei: ownerDeltaWei(opening.balances, await balancesAt(devnet, end), prices).toString(),
      wouldHaveEarnedWei: report.dryRunNetWei.toString(),
      builderPaidWei: report.bidWei.toString(),
      publicTransactions: devnet.proxy.publicTransactions().filter(({ from }) => from === devnet.operator).length,
      seconds: (Date.now() - started) / 1000,
    }
    const faults = faultsOf(result, dryRun, metricsFaults(metrics, report, result))
    say('')
    say(resultTable(report, result))
    for (const fault of faults) say(`FAULT      ${fault}`)
    const { length: refused } = result.refused
    const count = `${result.landed} landed and ${refused} refused of ${result.liquidatable} liquidatable`
    say(faults.length === 0 ? `VERDICT    all is well: ${count}` : `VERDICT    ${faults.length} faults: ${count}`)
    if (options.json) cli.out(JSON.stringify(result))
    if (faults.length > 0) throw new KeeperError('demo', faults.join('; '))
  } finally {
    ledger.close()
  }
}

/** Seconds between blocks: on a machine that is busy with something else the keeper must not be judged by the clock. */
export function paceOf(load: number, cores: number): number {
  return load / Math.max(1, cores) > 2.5 ? 2 : 1
}

const headOf = async (devnet: Devnet): Promise<number> => Number(await devnet.anvil.rpc('eth_blockNumber', []))

async function open(devnet: Devnet): Promise<Opening> {
  const block = await headOf(devnet)
  return { block, balances: await balancesAt(devnet, block) }
}

const sinceText = (ms: number): string => `${((Date.now() - ms) / 1000).toFixed(1)} s`

export const register: Register = (program: Command, cli) => {
  program
    .command('demo')
    .description(
      'show the keeper at work on a local chain: prices fall, positions are liquidated, the books are checked',
    )
    .addOption(
      new Option(
        '--scenario <name>',
        'crash: Aave liquidations; debt-auction: bad debt of GEB is auctioned, with a rival',
      )
        .choices(['crash', 'debt-auction'])
        .default('crash'),
    )
    .option('--json', 'one JSON object as the last line of stdout; what happens goes to stderr')
    .option('--dry-run', 'the same with DRY_RUN=true: nothing is sent')
    .addOption(new Option('--borrowers <n>', 'positions to open').default(40).argParser(wholeNumber(0, 5_000)))
    .action((options: Options) => (options.scenario === 'crash' ? demo(options, cli) : debtAuction(options, cli)))
}
