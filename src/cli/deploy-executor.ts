import { formatEther, formatUnits, type Wallet } from 'ethers'
import { loadKey } from '../config/keys.js'
import type { KeySource } from '../config/key-source.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address, type CallRequest } from '../domain/chain.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import {
  allowListCalls,
  deployExecutor,
  executorDeployment,
  type ExecutorSettings,
} from '../execution/executor/deploy.js'
import { inspectExecutor } from '../execution/executor/inspect.js'
import { OperatorKey } from '../execution/operator-key.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { describeSettings, executorSettings, lackingIn } from './executor-plan.js'
import { ownerWallet } from './owner-wallet.js'
import { addressesOf, loadOperators } from './operators.js'
import { codeProblems } from './start-checks.js'
import { marketsOf } from './strategies.js'

async function addressOf(source: KeySource | null, cli: Cli): Promise<{ key: KeySource; address: Address } | null> {
  if (source === null) return null
  const key = await loadKey(source)
  cli.redactor.add(key)
  return { key: { kind: 'key', setting: source.setting, key }, address: new OperatorKey(key.reveal()).address }
}

interface Job {
  readonly access: ChainAccess
  readonly cli: Cli
  readonly wallet: Wallet
  readonly wanted: ExecutorSettings
  readonly dryRun: boolean
}

/** Says what a transaction will cost; throws when the owner cannot pay for it. */
async function priceOf(
  { access, cli, wallet }: Job,
  what: string,
  transaction: { to?: Address; data: string },
): Promise<void> {
  const [gas, fees] = await Promise.all([wallet.estimateGas(transaction), wallet.provider?.getFeeData()])
  const price = fees?.maxFeePerGas ?? fees?.gasPrice ?? 0n
  const head = await access.latest()
  const balance = await access.balance(toAddress(wallet.address), head.number)
  cli.note(`${what}: about ${gas} gas, at most ${formatEther(gas * price)} at ${formatUnits(price, 'gwei')} gwei`)
  if (balance < gas * price)
    throw new SettingsError(
      'OWNER_PRIVATE_KEY',
      `the owner ${wallet.address} has ${formatEther(balance)}, too little for this; send it gas money`,
    )
}

async function deploy(job: Job): Promise<Address | null> {
  await priceOf(job, 'deployment', { data: executorDeployment(job.wanted).data })
  if (job.dryRun) return null
  job.cli.note('sending the deployment (an ordinary, public transaction) …')
  const { address, transactionHash, blockNumber } = await deployExecutor(job.wallet, job.wanted)
  job.cli.note(`deployed at ${address} in block ${blockNumber} (${transactionHash})`)
  return address
}

async function send(job: Job, call: CallRequest): Promise<void> {
  const sent = await job.wallet.sendTransaction(call)
  const receipt = await sent.wait()
  if (receipt?.status !== 1)
    throw new KeeperError('owner-call', `transaction ${sent.hash} failed; run the command again`)
  job.cli.note(`done in block ${receipt.blockNumber} (${sent.hash})`)
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
  const [owner, operators] = [await addressOf(settings.owner, cli), await loadOperators(settings, cli.redactor)]
  if (owner?.key.kind !== 'key')
    throw new SettingsError(
      'OWNER_PRIVATE_KEY',
      'is not set; give the owner key for this command (or OWNER_KEYSTORE_FILE)',
    )
  const { chain } = access.file
  const markets = marketsOf(access.file)
  const [missing] = await codeProblems(access.reader, chain, markets, (await access.latest()).number)
  if (missing !== undefined) throw missing
  const wanted = executorSettings(
    settings,
    chain,
    markets,
    owner.address,
    operators === null ? [] : addressesOf(operators),
  )
  cli.note(`${dryRun ? 'would set up' : 'setting up'} an executor on ${chain.name} (chain ${chain.id}):`)
  for (const line of describeSettings(wanted)) cli.note(`  ${line}`)

  const { wallet, provider } = ownerWallet(access.rpc, chain.id, owner.key.key)
  const job: Job = { access, cli, wallet, wanted, dryRun }
  try {
    const address = settings.executor ?? (await deploy(job))
    if (settings.executor !== null) await complete(job, settings.executor)
    if (dryRun) cli.note('nothing was sent (--dry-run)')
    else cli.out(`EXECUTOR_ADDRESS=${address ?? ''}`)
  } finally {
    provider.destroy()
  }
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
  ).action(async (options: { dryRun?: true }, command) => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      await work(settings, cli, access, options.dryRun === true)
    } finally {
      access.close()
    }
  })
}
