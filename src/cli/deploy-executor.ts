import type { Settings } from '../config/settings.js'
import { toAddress, type Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import {
  allowListCalls,
  deployExecutor,
  executorDeployment,
  type ExecutorSettings,
} from '../execution/executor/deploy.js'
import { inspectExecutor } from '../execution/executor/inspect.js'
import type { ChainAccess } from './chain-access.js'
import { withSettingFlags, type Cli, type Register } from './command.js'
import { describeSettings, executorSettings, lackingIn } from './executor-plan.js'
import { asOwner, loadOwner, ownerAction, priceOf, requireCode, send, type OwnerJob } from './owner-job.js'
import { addressesOf, loadOperators } from './operators.js'
import { marketsOf } from './strategies.js'

interface Job extends OwnerJob {
  readonly wanted: ExecutorSettings
}

async function deploy(job: Job): Promise<Address | null> {
  await priceOf(job, 'deployment', { data: executorDeployment(job.wanted).data })
  if (job.dryRun) return null
  job.cli.note('sending the deployment (an ordinary, public transaction) …')
  const { address, transactionHash, blockNumber } = await deployExecutor(job.wallet, job.wanted)
  job.cli.note(`deployed at ${address} in block ${blockNumber} (${transactionHash})`)
  return address
}

/** Gives an executor that exists what it lacks. */
async function complete(job: Job, executor: Address): Promise<void> {
  const { access, wanted, cli } = job
  const { number } = await access.latest()
  const reports = await Promise.all(
    wanted.operators.map((operator) => inspectExecutor(access.reader, executor, { ...wanted, operator }, number)),
  )
  const [report] = reports
  if (report?.codeMatches !== true)
    throw new SettingsError(
      'EXECUTOR_ADDRESS',
      `${executor} is not a LiquidationExecutor of this version; leave it empty to deploy one`,
    )
  if (report.owner !== toAddress(job.wallet.address))
    throw new SettingsError('OWNER_PRIVATE_KEY', `${executor} belongs to ${report.owner}, not to ${job.wallet.address}`)
  const calls = allowListCalls(
    executor,
    lackingIn(
      report,
      wanted,
      wanted.operators.filter((_, i) => reports[i]?.operatorAllowed !== true),
    ),
  )
  if (calls.length === 0) cli.note(`${executor} allows everything these settings need; nothing to do`)
  for (const [i, call] of calls.entries()) {
    await priceOf(job, `step ${i + 1} of ${calls.length}`, call)
    if (!job.dryRun) await send(job, call)
  }
}

async function work(settings: Settings, cli: Cli, access: ChainAccess, dryRun: boolean): Promise<void> {
  const owner = await loadOwner(settings, cli)
  const operators = await loadOperators(settings, cli.redactor)
  const { chain } = access.file
  const markets = marketsOf(access.file)
  await requireCode(access, markets)
  const wanted = executorSettings(
    settings,
    chain,
    markets,
    owner.address,
    operators === null ? [] : addressesOf(operators),
  )
  cli.note(`${dryRun ? 'would set up' : 'setting up'} an executor on ${chain.name} (chain ${chain.id}):`)
  for (const line of describeSettings(wanted)) cli.note(`  ${line}`)

  await asOwner(owner, { access, cli, dryRun }, async (frame) => {
    const job: Job = { ...frame, wanted }
    const address = settings.executor ?? (await deploy(job))
    if (settings.executor !== null) await complete(job, settings.executor)
    if (!dryRun) cli.out(`EXECUTOR_ADDRESS=${address ?? ''}`)
  })
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('deploy-executor')
      .description(
        'deploy the executor contract and allow what the markets need; with EXECUTOR_ADDRESS add what it lacks',
      )
      .option('--dry-run', 'show each step and its cost, send nothing'),
    ['DRY_RUN'],
  ).action(
    ownerAction(cli, (settings, access, { dryRun }: { dryRun?: true }) => work(settings, cli, access, dryRun === true)),
  )
}
