import type { ChainConfig } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { backstopEndsEarly } from '../config/settings-checks.js'
import { failWith } from '../config/settings-errors.js'
import { checkSimulationUrl, submissionPath, type SubmissionPath } from '../config/submission.js'
import { contractsOf } from '../config/venues.js'
import type { Address, BlockRef, Reader } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { Refusal } from '../domain/refusal.js'
import { inspectExecutor } from '../execution/executor/inspect.js'
import type { ChainAccess } from './chain-access.js'
import { executorProblems, gasProblem, questionsFor } from './executor-check.js'
import { auctionMarkets } from './keeper/auctions/open-room.js'
import { protocolOf } from './keeper/auctions/protocols.js'
import { marketsOf, type KnownMarket } from './strategies.js'

/** What the keeper may do, found once at start. */
export interface Start {
  readonly markets: readonly KnownMarket[]
  readonly path: SubmissionPath | null
  /** True when nothing may be sent. */
  readonly dryRun: boolean
  /** Why it is dry-run, one sentence each; empty when the keeper sends. */
  readonly why: readonly string[]
}

/** Every address that must be a contract, with the name people know it by. */
function namedContracts(
  chain: ChainConfig,
  markets: readonly KnownMarket[],
): (readonly [name: string, address: Address])[] {
  return [
    ['multicall', chain.multicall],
    ['wrappedNative', chain.wrappedNative],
    ...chain.venues.flatMap((venue) =>
      contractsOf(venue).map((address) => [`a contract of ${venue.name}`, address] as const),
    ),
    ...markets.flatMap(({ market }) =>
      Object.entries(market.contracts).map(([name, address]) => [`${market.id}: ${name}`, address] as const),
    ),
  ]
}

/** One line for each address of the market file that has no code on this chain. */
export async function codeProblems(
  reader: Pick<Reader, 'code'>,
  chain: ChainConfig,
  markets: readonly KnownMarket[],
  block: number,
): Promise<SettingsError[]> {
  const found = await Promise.all(
    namedContracts(chain, markets).map(async ([name, address]) => {
      if ((await reader.code(address, block)) !== '0x') return null
      return new SettingsError('MARKETS_FILE', `${name} ${address} has no code on chain ${chain.id}`)
    }),
  )
  return found.filter((problem) => problem !== null)
}

/** What the strategies cannot vouch for: unknown revisions, changed code. Each keeps the keeper in dry-run. */
export async function marketRefusals(
  reader: Reader,
  markets: readonly KnownMarket[],
  block: BlockRef,
): Promise<Refusal[]> {
  const found = await Promise.all(markets.map(({ strategy, market }) => strategy.verify(reader, market, block)))
  return found.flat()
}

async function keyProblems(
  access: ChainAccess,
  settings: Settings,
  operators: readonly Address[],
  markets: readonly KnownMarket[],
  block: number,
): Promise<SettingsError[]> {
  const { executor } = settings
  if (executor === null) return [new SettingsError('EXECUTOR_ADDRESS', 'is not set')]
  const { chain } = access.file
  const found = await Promise.all(
    operators.map(async (operator) => {
      const asked = questionsFor(operator, chain, markets)
      const [report, balance] = await Promise.all([
        inspectExecutor(access.reader, executor, asked, block),
        access.balance(operator, block),
      ])
      const gas = gasProblem(operator, balance, settings)
      return { gas, problems: executorProblems(executor, asked, report, settings, chain) }
    }),
  )
  // what the executor lacks for one it lacks for all; who lacks gas is told at every head while another can pay
  const problems = found.flatMap((one) => one.problems)
  const distinct = problems.filter((one, i) => problems.findIndex(({ message }) => message === one.message) === i)
  const poor = found.flatMap(({ gas }) => (gas === null ? [] : [gas]))
  return poor.length === operators.length ? [...distinct, ...poor] : distinct
}

/**
 * Without bundles a revert is charged, so nothing is sent unsimulated; and what is simulated is the calldata itself, which
 * only an endpoint may see that the operator has named for it. Other endpoints may belong to anybody.
 */
const unsimulated = ({ simulationRpcUrl }: Settings, { submission, name }: ChainConfig): string[] =>
  submission === 'bundle' || simulationRpcUrl !== null
    ? []
    : [`SIMULATION_RPC_URL is not set: on ${name} a revert is charged, and only a node that you trust may simulate`]

/** Daily budgets of backstop mode: one for each protocol whose auctions are bid in, and for each market that is lent in. */
const budgetsOf = (markets: readonly KnownMarket[]): number =>
  new Set(auctionMarkets(markets).map(protocolOf)).size +
  markets.filter(({ strategy }) => strategy.opening === undefined).length

/**
 * Checks settings and market file against the chain: code at every address, the revisions and code hashes of the
 * markets and, unless `DRY_RUN=true`, that the executor obeys every operator and one of them can pay gas. Throws
 * `SettingsError` (`SettingsErrors` for several). `operators` are the addresses of the keys; none in dry-run without one.
 */
export async function checkStart(
  access: ChainAccess,
  settings: Settings,
  operators: readonly Address[],
): Promise<Start> {
  const { chain } = access.file
  const markets = marketsOf(access.file)
  const path = submissionPath(settings, chain)
  checkSimulationUrl(settings)
  const head = await access.latest()
  const problems = await codeProblems(access.reader, chain, markets, head.number)
  const early = backstopEndsEarly(settings, budgetsOf(markets))
  if (early !== null) problems.push(early)
  if (!settings.dryRun && operators.length > 0 && problems.length === 0)
    problems.push(...(await keyProblems(access, settings, operators, markets, head.number)))
  failWith(problems)

  const refusals = await marketRefusals(access.reader, markets, head)
  const why = [
    ...(settings.dryRun ? ['DRY_RUN is true'] : []),
    ...(path === null
      ? [`no private path for ${chain.name} is configured (RELAY_URLS, or submissionUrls of the market file)`]
      : []),
    ...unsimulated(settings, chain),
    ...refusals.map(({ detail, figure }) => (figure === undefined ? detail : `${detail} (${figure})`)),
  ]
  return { markets, path, dryRun: why.length > 0, why }
}
