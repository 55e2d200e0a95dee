import { agentArtifact, agentDeployment } from '../auctions/agent-artifact.js'
import { freshAgent, readAgentNow, setupSteps, type WantedAgent } from '../auctions/agent-setup.js'
import { readAgent } from '../auctions/agent.js'
import { wantedAgent } from '../auctions/wanted-agent.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address } from '../domain/chain.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import { describeAgent, limitsOf, requireLimits, type LimitOptions } from './agent-plan.js'
import type { ChainAccess } from './chain-access.js'
import { withSettingFlags, type Cli, type Register } from './command.js'
import { operatorsFor } from './executor-plan.js'
import { auctionMarkets } from './keeper/auctions/open-room.js'
import { needsOf, type AuctionMarket } from './keeper/auctions/market-scene.js'
import { addressesOf, loadOperators } from './operators.js'
import { asOwner, loadOwner, ownerAction, priceOf, requireCode, send, type OwnerJob } from './owner-job.js'
import { marketsOf } from './strategies.js'

/** Stands for the agent's address before there is one. */
const NOBODY: Address = `0x${'0'.repeat(40)}`

interface Options extends LimitOptions {
  readonly dryRun?: true
}

interface Job extends OwnerJob {
  readonly owner: Address
  /** What the agent at this address shall have: its own address is part of it. */
  readonly wantedAt: (agent: Address) => WantedAgent
}

/** Deploys, after it is sure that the owner can pay for the whole set-up. Null in a dry run. */
async function deploy(job: Job): Promise<Address | null> {
  const wanted = job.wantedAt(NOBODY)
  const steps = setupSteps(NOBODY, wanted, freshAgent(wanted))
  for (const { text } of steps) job.cli.note(`  then: ${text}`)
  const data = agentDeployment(job.owner, wanted.operators)
  const more = steps.reduce((sum, { gas }) => sum + gas, 0n)
  await priceOf(job, `deployment and ${steps.length} transactions that set it up`, data, more)
  if (job.dryRun) return null
  job.cli.note('sending the deployment (an ordinary, public transaction) …')
  const sent = await job.wallet.sendTransaction(data)
  const receipt = await sent.wait()
  if (receipt?.status !== 1 || receipt.contractAddress === null)
    throw new KeeperError('deploy-failed', `the deployment ${sent.hash} failed on chain; look at it and run it again`)
  const agent = toAddress(receipt.contractAddress)
  job.cli.note(`deployed at ${agent} in block ${receipt.blockNumber} (${sent.hash})`)
  job.cli.note(`if this ends early, set AUCTION_AGENT_ADDRESS=${agent} and run it again: it goes on from there`)
  return agent
}

/** Gives an agent that exists what it lacks. */
async function complete(job: Job, agent: Address): Promise<void> {
  const { access, cli } = job
  const { number } = await access.latest()
  if ((await access.reader.code(agent, number)) !== agentArtifact().runtime)
    throw new SettingsError(
      'AUCTION_AGENT_ADDRESS',
      `${agent} is not an AuctionAgent of this version; leave it empty to deploy one`,
    )
  const { owner } = await readAgent(access.reader, agent, [], number)
  if (owner !== job.owner)
    throw new SettingsError('OWNER_PRIVATE_KEY', `${agent} belongs to ${owner}, not to ${job.owner}`)
  const wanted = job.wantedAt(agent)
  const now = await readAgentNow(access.reader, agent, wanted, number)
  requireLimits(
    wanted,
    now.holdings.map(({ token }) => token),
  )
  const steps = setupSteps(agent, wanted, now)
  if (steps.length === 0) cli.note(`${agent} has everything these markets need; nothing to do`)
  for (const [i, { text, call }] of steps.entries()) {
    await priceOf(job, `step ${i + 1} of ${steps.length}, ${text}`, call)
    if (!job.dryRun) await send(job, call)
  }
}

/** Markets that an agent works on. Throws `SettingsError('MARKETS_FILE')` when the file has none. */
function marketsFor(access: ChainAccess): AuctionMarket[] {
  const known = marketsOf(access.file)
  const found = auctionMarkets(known)
  if (found.length > 0) return found
  const able = known.filter(({ refill }) => refill !== null).map(({ market }) => market.id)
  throw new SettingsError(
    'MARKETS_FILE',
    able.length === 0
      ? 'has no market with auctions that an agent could take part in'
      : `${able.join(', ')}: add "auctions": { "router": "0x…" } with the Uniswap v3 SwapRouter, beside "contracts"`,
  )
}

/** What the operator has to write into the keeper's files. */
function tell({ cli }: Job, agent: Address, markets: readonly AuctionMarket[], options: Options): void {
  cli.note('set in the file of the keeper, then send the agent the coins that it shall bid with:')
  cli.out(`AUCTION_AGENT_ADDRESS=${agent}`)
  const { coinsPerRun, coinsPerDay } = options
  const whole = (text: string | undefined): bigint | null =>
    text === undefined ? null : BigInt(text.split('.')[0] ?? 0)
  const [run, day] = [whole(coinsPerRun), whole(coinsPerDay)]
  for (const { known, config } of markets) {
    const auctions = {
      router: config.router,
      maxPerAuction: String(run !== null && run < config.maxPerAuction ? run : config.maxPerAuction),
      maxLocked: String(day !== null && day < config.maxLocked ? day : config.maxLocked),
    }
    cli.note(`in MARKETS_FILE, market ${known.market.id}, within its "auctions": ${JSON.stringify(auctions)}`)
  }
}

async function work(settings: Settings, cli: Cli, access: ChainAccess, options: Options): Promise<void> {
  const dryRun = options.dryRun === true
  const owner = await loadOwner(settings, cli)
  const keys = await loadOperators(settings, cli.redactor)
  const { chain } = access.file
  const markets = marketsFor(access)
  await requireCode(
    access,
    markets.map(({ known }) => known),
  )
  const operators = operatorsFor(settings, owner.address, keys === null ? [] : addressesOf(keys))
  const frame = { operators, wrappedNative: chain.wrappedNative }
  const wantedAt = (agent: Address): WantedAgent =>
    wantedAgent(needsOf(markets, agent), (token) => limitsOf(token, options), { ...frame, agent })
  const plan = wantedAt(NOBODY)
  if (settings.auctionAgent === null) requireLimits(plan, [])
  cli.note(`${dryRun ? 'would set up' : 'setting up'} an auction agent on ${chain.name} (chain ${chain.id}):`)
  for (const line of describeAgent(owner.address, plan)) cli.note(`  ${line}`)

  await asOwner(owner, { access, cli, dryRun }, async (frame) => {
    const job: Job = { ...frame, owner: owner.address, wantedAt }
    const agent = settings.auctionAgent ?? (await deploy(job))
    if (agent !== null) await complete(job, agent)
    if (!dryRun && agent !== null) tell(job, agent, markets, options)
  })
}

export const register: Register = (program, cli) => {
  withSettingFlags(
    program
      .command('deploy-agent')
      .description('deploy the auction agent and set it up; with AUCTION_AGENT_ADDRESS add or change what differs')
      .option('--coins-per-run <amount>', 'most coins that one run may take')
      .option('--coins-per-day <amount>', 'most coins that may be gone within a UTC day')
      .option('--tokens-per-run <amount>', 'most won tokens that one run may sell')
      .option('--tokens-per-day <amount>', 'most won tokens that may be sold within a UTC day')
      .option('--floor <amount>', 'least native tokens for which one won token is sold')
      .option('--dry-run', 'show each step and its cost, send nothing'),
    ['DRY_RUN'],
  ).action(ownerAction(cli, (settings, access, options: Options) => work(settings, cli, access, options)))
}
