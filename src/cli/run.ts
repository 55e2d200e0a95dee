import type { Command } from 'commander'
import { join } from 'node:path'
import type { Settings } from '../config/settings.js'
import type { KeeperError } from '../domain/errors.js'
import { startHttp } from '../ops/http.js'
import { createLogger, type ClosableLogger } from '../ops/logger.js'
import { createMetrics } from '../ops/metrics.js'
import { openChain } from './chain-access.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { lockDataDir, lockOperator, type InstanceLock } from './instance-lock.js'
import { Keeper } from './keeper/keeper.js'
import { progressLine } from './keeper/progress.js'
import { operatorKey } from './keeper/sending.js'
import { resetBreakers } from '../risk/state-file.js'
import { checkStart } from './start-checks.js'

/** Resolves with the reason when the process is told to stop, or when the keeper cannot go on. */
class Ending {
  private finish: (fatal: KeeperError | null) => void = () => undefined
  readonly ended = new Promise<KeeperError | null>((resolve) => (this.finish = resolve))
  private readonly onSignal = (): void => {
    this.finish(null)
  }

  constructor(private readonly onKill: () => void) {
    process.on('SIGINT', this.onSignal)
    process.on('SIGTERM', this.onSignal)
    process.on('SIGUSR2', onKill)
  }

  fatal(error: KeeperError): void {
    this.finish(error)
  }

  close(): void {
    process.off('SIGINT', this.onSignal)
    process.off('SIGTERM', this.onSignal)
    process.off('SIGUSR2', this.onKill)
  }
}

/** Things that are undone in reverse order, whatever happened in between. */
class Cleanup {
  private readonly steps: (() => void | Promise<void>)[] = []

  add(step: () => void | Promise<void>): void {
    this.steps.push(step)
  }

  async run(): Promise<void> {
    for (const step of this.steps.reverse()) await step()
  }
}

interface RunOptions {
  readonly fromGenesis?: true
  readonly resetBreakers?: true
}

async function run(command: Command, cli: Cli): Promise<void> {
  const settings = settingsOf(command, cli, 'keys')
  const cleanup = new Cleanup()
  try {
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
    const { fromGenesis = false, resetBreakers: reset = false } = command.opts<RunOptions>()
    if (reset) {
      resetBreakers(settings.dataDir)
      logger.warn('breaker', { reset: 'by --reset-breakers' })
    }
    await work(settings, fromGenesis, cli, logger, cleanup)
  } finally {
    await cleanup.run()
  }
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
  const key = await operatorKey(settings, redactor)
  const start = await checkStart(access, settings, settings.operator === null ? null : key.address)
  if (!start.dryRun) {
    const lock: InstanceLock = await lockOperator(access.file.chain.id, key.address)
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
    ...{ settings, access, start, key, redactor, logger, metrics, fromGenesis },
    progress: progressLine(cli),
    onFatal: (error) => {
      ending.fatal(error)
    },
  })
  cleanup.add(() => keeper.stop())
  const http = await startHttp({ port: settings.metricsPort, health: () => keeper.health(), metrics, redactor })
  cleanup.add(() => http.close())
  const { chain } = access.file
  const markets = start.markets.map(({ market }) => market.id)
  logger.info('start', { chain: chain.name, markets, operator: key.address, port: http.port, dryRun: start.dryRun })
  for (const why of start.why) logger.warn('dry-run', { because: why })
  const stopped = ending.ended
  const begun = keeper.start().then(() => null)
  const early = await Promise.race([begun, stopped.then((fatal) => ({ fatal }))])
  if (early === null) {
    logger.info('ready', { markets, mode: start.dryRun ? 'dry-run' : 'sending' })
    const following = keeper.run()
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
