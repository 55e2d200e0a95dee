import type { Settings } from '../config/settings.js'
import { toAddress, type Hex } from '../domain/chain.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { ChainAccess } from './chain-access.js'
import { DEPLOYER, takerMarkets, takerPlan } from './clip-taker.js'
import { withSettingFlags, type Cli, type Register } from './command.js'
import { asOwner, loadOwner, ownerAction, priceOf, requireCode, send, type OwnerJob } from './owner-job.js'
import { marketsOf } from './strategies.js'

/**
 * The taker of one market: finds it, or deploys it, and says whether its code is what these addresses make. Throws
 * `SettingsError('MARKETS_FILE')` when the file names something else as taker, or joins of another Vat or ilk.
 */
async function takerOf(job: OwnerJob, market: Market): Promise<void> {
  const { access, cli, wallet, dryRun } = job
  const { init, address, call } = takerPlan(market)
  const codeAt = async (of: string): Promise<Hex> => access.reader.code(toAddress(of), (await access.latest()).number)
  const code = await runtimeOf(job, market, init)
  const named = market.contracts['taker']
  if (named !== undefined && (await codeAt(named)) !== code)
    throw new SettingsError('MARKETS_FILE', `${market.id}: taker ${named} is not the ClipTaker of its clip and joins`)
  const place = named ?? address
  const there = await codeAt(place)
  if (there !== '0x' && there !== code)
    throw new KeeperError('deploy-failed', `${place} holds other code than the ClipTaker of ${market.id}`)
  if (there === '0x') {
    if ((await codeAt(DEPLOYER)) === '0x')
      throw new SettingsError('MARKETS_FILE', `chain ${market.chainId} has no deployer at ${DEPLOYER}`)
    await priceOf(job, `${market.id}: taker at ${place} by ${wallet.address}`, call)
    if (dryRun) return
    cli.note('sending the deployment (an ordinary, public transaction) …')
    await send(job, call)
    if ((await codeAt(place)) !== code)
      throw new KeeperError('deploy-failed', `${place} does not hold the taker's code; look at the transaction`)
  } else cli.note(`${market.id}: ${place} is its ClipTaker; nothing to do`)
  if (!dryRun) cli.out(`${market.id}: "taker": "${place}"`)
}

/** What the constructor would leave: the node runs it, so the addresses inside the code are in it as well. */
async function runtimeOf({ wallet }: OwnerJob, { id }: Market, init: Hex): Promise<Hex> {
  try {
    return ((await wallet.provider?.call({ data: init })) ?? '0x') as Hex
  } catch (error) {
    const text = `${id}: clip, collateralJoin and coinJoin are not of one Vat and ilk, or are none`
    throw new SettingsError('MARKETS_FILE', text, { cause: error })
  }
}

async function work(settings: Settings, cli: Cli, access: ChainAccess, dryRun: boolean): Promise<void> {
  const owner = await loadOwner(settings, cli)
  const markets = takerMarkets(marketsOf(access.file))
  if (markets.length === 0) throw new SettingsError('MARKETS_FILE', 'names no market of Maker: none needs a taker')
  await requireCode(access, markets)
  await asOwner(owner, { access, cli, dryRun }, async (job) => {
    for (const { market } of markets) await takerOf(job, market)
  })
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('deploy-clip-taker')
      .description('deploy the contract that buys from Maker’s auctions, for each market of Maker that has none')
      .option('--dry-run', 'show each step and its cost, send nothing'),
    ['DRY_RUN'],
  ).action(
    ownerAction(cli, (settings, access, { dryRun }: { dryRun?: true }) => work(settings, cli, access, dryRun === true)),
  )
}
