import type { Command } from 'commander'
import { join } from 'node:path'
import type { Settings } from '../config/settings.js'
import { KeeperError } from '../domain/errors.js'
import { startHttp } from '../ops/http.js'
import { createLogger, type ClosableLogger } from '../ops/logger.js'
import { createMetrics } from '../ops/metrics.js'
import { openChain } from './chain-access.js'
import { Cleanup } from './cleanup.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { Ending } from './ending.js'
import { lockDataDir, lockOperator, type InstanceLock } from './instance-lock.js'
import { Keeper } from './keeper/keeper.js'
import { progressLine } from './keeper/progress.js'
import { addressesOf, loadOperators, throwAwayOperator } from './operators.js'
import { resetBreakers } from '../risk/state-file.js'
import { checkStart } from './start-checks.js'

interface RunOptions {
  readonly fromGenesis?: true
  readonly resetBreakers?: true
}

async function run(command: Command, cli: Cli): Promise<void> {
  const settings = settingsOf(command, cli, 'keys')
  const cleanup = new Cleanup()
  try {
    await prepare(settings, command.opts<RunOptions>(), cli, cleanup)
  } catch (error) {
    for (const problem of await cleanup.run()) cli.note(`keeper: while stopping: ${problem}`)
    throw error
  }
  const problems = await cleanup.run()
  if (problems.length > 0) throw new KeeperError('stop', `stopped, but not cleanly: ${problems.join('; ')}`)
}

/** Lock and log, then the work. */
async function prepare(settings: Settings, options: RunOptions, cli: Cli, cleanup: Cleanup): Promise<void> {
  const lock = await lockDataDir(settings.dataDir)
  cleanup.add(() => {
    lock.release()
  })
  const logger = createLogger({
    level: settings.logLevel,
    folder: join(settings.dataDir, 'logs'),
    terminal: process.stderr.isTTY ? 'colour' : 'plain',
    redactor: cli.redactor,
  })
  cleanup.add(() => logger.close())
  if (options.resetBreakers === true) {
    resetBreakers(settings.dataDir)
    logger.warn('breaker', { reset: 'by --reset-breakers' })
  }
  await work(settings, options.fromGenesis === true, cli, logger, cleanup)
}

async function work(
  settings: Settings,
  fromGenesis: boolean,
  cli: Cli,
  logger: ClosableLogger,
  cleanup: Cleanup,
): Promise<void> {
  const { redactor } = cli
  const metrics = createMetrics()
  const access = await openChain(settings, logger, metrics)
  cleanup.add(() => {
    access.close()
  })
  const configured = await loadOperators(settings, redactor)
  const start = await checkStart(access, settings, configured === null ? [] : addressesOf(configured))
  const operators = configured ?? throwAwayOperator()
  for (const operator of start.dryRun ? [] : addressesOf(operators)) {
    const lock: InstanceLock = await lockOperator(access.file.chain.id, operator)
    cleanup.add(() => {
      lock.release()
    })
  }
  const ending = new Ending(() => {
    keeper.kill('signal SIGUSR2')
  })
  cleanup.add(() => {
    ending.close()
  })
  const keeper = new Keeper({
    ...{ settings, access, start, operators, redactor, logger, metrics, fromGenesis },
    progress: progressLine(cli),
  })
  cleanup.add(() => keeper.stop())
  const http = await startHttp({ port: settings.metricsPort, health: () => keeper.health(), metrics, redactor })
  cleanup.add(() => http.close())
  const { chain } = access.file
  const markets = start.markets.map(({ market }) => market.id)
  logger.info('start', {
    chain: chain.name,
    markets,
    operators: addressesOf(operators),
    port: http.port,
    dryRun: start.dryRun,
  })
  for (const why of start.why) logger.warn('dry-run', { because: why })
  const stopped = ending.ended
  const begun = keeper.start().then(() => null)
  const early = await Promise.race([begun, stopped.then((fatal) => ({ fatal }))])
  if (early === null) {
    logger.info('ready', { markets, mode: start.dryRun ? 'dry-run' : 'sending' })
    const following = keeper.run().catch((error: unknown) => {
      ending.fatal(error)
    })
    const fatal = await stopped
    logger.info('stop', { reason: fatal?.message ?? 'signal' })
    await keeper.stop()
    await following
    if (fatal !== null) throw fatal
  } else if (early.fatal !== null) throw early.fatal
}

export const register: Register = (program, cli) => {
  const command = program
    .command('run')
    .description('watch the markets and liquidate; with DRY_RUN=true everything but the sending')
    .option('--from-genesis', 'replay every event since the market was deployed instead of taking a snapshot')
    .option(
      '--reset-breakers',
      'forget tripped breakers (daily loss, reverts in a row, unpriced loss) first; the KILL file stays',
    )
  withSettingFlags(command).action(() => run(command, cli))
}
