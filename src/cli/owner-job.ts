import type { Command } from 'commander'
import { formatEther, formatUnits, type Wallet } from 'ethers'
import type { KeySource } from '../config/key-source.js'
import { loadKey } from '../config/keys.js'
import type { Secret } from '../config/secret.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address, type CallRequest } from '../domain/chain.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { OperatorKey } from '../execution/operator-key.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { settingsOf, type Cli } from './command.js'
import { ownerWallet } from './owner-wallet.js'
import { codeProblems } from './start-checks.js'
import type { KnownMarket } from './strategies.js'

/** What every administration command of the owner works with. */
export interface OwnerJob {
  readonly access: ChainAccess
  readonly cli: Cli
  readonly wallet: Wallet
  readonly dryRun: boolean
}

async function addressOf(source: KeySource, cli: Cli): Promise<{ key: Secret; address: Address }> {
  const key = await loadKey(source)
  cli.redactor.add(key)
  return { key, address: new OperatorKey(key.reveal()).address }
}

/** The owner's key, known to the redactor. Throws `SettingsError` without one. */
export async function loadOwner(settings: Settings, cli: Cli): Promise<{ key: Secret; address: Address }> {
  if (settings.owner === null)
    throw new SettingsError(
      'OWNER_PRIVATE_KEY',
      'is not set; give the owner key for this command (or OWNER_KEYSTORE_FILE)',
    )
  return addressOf(settings.owner, cli)
}

/**
 * Says what a transaction will cost; throws when the owner cannot pay for it and for `more` gas that comes after it.
 */
export async function priceOf(
  { access, cli, wallet }: OwnerJob,
  what: string,
  transaction: { to?: Address; data: string },
  more = 0n,
): Promise<void> {
  const [estimate, fees] = await Promise.all([wallet.estimateGas(transaction), wallet.provider?.getFeeData()])
  const gas = estimate + more
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

/** Sends one call and waits for it. Throws `KeeperError('owner-call')` when it fails on chain. */
export async function send(job: OwnerJob, call: CallRequest): Promise<void> {
  const sent = await job.wallet.sendTransaction(call)
  const receipt = await sent.wait()
  if (receipt?.status !== 1)
    throw new KeeperError('owner-call', `transaction ${sent.hash} failed; run the command again`)
  job.cli.note(`done in block ${receipt.blockNumber} (${sent.hash})`)
}

/** Action of an administration command: `work` with the chain open, closed again whatever comes of it. */
export const ownerAction =
  <O>(cli: Cli, work: (settings: Settings, access: ChainAccess, options: O) => Promise<void>) =>
  async (options: O, command: Command): Promise<void> => {
    const settings = settingsOf(command, cli, 'rpc')
    const access = await openChain(settings, silentLogger, noMetrics)
    try {
      await work(settings, access, options)
    } finally {
      access.close()
    }
  }

/** Throws `SettingsError` when an address that the market file names for these markets is no contract. */
export async function requireCode(
  { reader, file, latest }: ChainAccess,
  markets: readonly KnownMarket[],
): Promise<void> {
  const [missing] = await codeProblems(reader, file.chain, markets, (await latest()).number)
  if (missing !== undefined) throw missing
}

/** Runs `job` with the owner's wallet, and says at the end of a dry run that it was one. */
export async function asOwner(
  { key }: { readonly key: Secret },
  frame: Omit<OwnerJob, 'wallet'>,
  job: (job: OwnerJob) => Promise<void>,
): Promise<void> {
  const { access, cli, dryRun } = frame
  const { wallet, provider } = ownerWallet(access.rpc, access.file.chain.id, key)
  try {
    await job({ ...frame, wallet })
    if (dryRun) cli.note('nothing was sent (--dry-run)')
  } finally {
    provider.destroy()
  }
}
