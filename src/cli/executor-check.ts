import { formatEther } from 'ethers'
import { bidShareOf } from '../config/bid-share.js'
import type { ChainConfig } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import type { Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { ExecutorQuestions, ExecutorReport } from '../execution/executor/inspect.js'
import { venuePermissions } from '../execution/executor/venue-permissions.js'
import type { KnownMarket } from './strategies.js'

/** What the executor is asked: everything that these markets and exchanges need of it. */
export const questionsFor = (
  operator: Address,
  chain: ChainConfig,
  markets: readonly KnownMarket[],
): ExecutorQuestions => ({
  operator,
  factories: venuePermissions(chain.venues).factories,
  lenders: [...new Set([...markets.flatMap(({ lenders }) => lenders), ...venuePermissions(chain.venues).lenders])],
  targets: [...markets.flatMap(({ targets }) => targets), ...venuePermissions(chain.venues).targets],
})

/** Everything that keeps the executor from working for this keeper; each is one line that says what to do. Pure. */
export function executorProblems(
  executor: Address,
  asked: ExecutorQuestions,
  report: ExecutorReport,
  settings: Pick<Settings, 'bidBps'>,
  chain: Pick<ChainConfig, 'wrappedNative' | 'bid' | 'bidBps'>,
): SettingsError[] {
  const problem = (text: string): SettingsError => new SettingsError('EXECUTOR_ADDRESS', text)
  if (!report.codeMatches)
    return [problem(`${executor} is not a LiquidationExecutor of this version; run \`keeper deploy-executor\``)]
  const problems: SettingsError[] = []
  const owner = `its owner ${report.owner}`
  if (!report.operatorAllowed)
    problems.push(
      problem(`${executor} does not obey operator ${asked.operator}; ${owner} must allow it, or use the key it obeys`),
    )
  if (report.wrappedNative !== chain.wrappedNative)
    problems.push(
      problem(
        `${executor} was made for wrapped token ${report.wrappedNative}, the chain has ${chain.wrappedNative}; deploy another`,
      ),
    )
  const lacking = [
    ...asked.factories.filter((a) => !report.factories.includes(a)).map((a) => `factory ${a}`),
    ...asked.lenders.filter((a) => !report.lenders.includes(a)).map((a) => `lender ${a}`),
    ...asked.targets
      .filter(({ target, selector }) => !report.targets.some((t) => t.target === target && t.selector === selector))
      .map(({ target }) => `calls to ${target}`),
  ]
  if (lacking.length > 0)
    problems.push(problem(`${executor} does not allow ${lacking.join(', ')}; ${owner} must allow it`))
  const bidBps = bidShareOf(settings, chain)
  if (chain.bid === 'coinbase' && report.maxBidBps < bidBps)
    problems.push(new SettingsError('BID_BPS', `is ${bidBps}, the executor allows at most ${report.maxBidBps}`))
  return problems
}

/** The operator cannot pay for gas: one line, or null. Pure. */
export function gasProblem(
  operator: Address,
  balance: bigint,
  settings: Pick<Settings, 'minOperatorWei'>,
): SettingsError | null {
  if (balance >= settings.minOperatorWei) return null
  const text = `operator ${operator} has ${formatEther(balance)}, MIN_OPERATOR_ETH asks for ${formatEther(settings.minOperatorWei)}; send it gas money`
  return new SettingsError('MIN_OPERATOR_ETH', text)
}
