import { Wallet } from 'ethers'
import { join } from 'node:path'
import { MOST_AHEAD_MS } from '../../chain/head-age.js'
import type { RpcClient } from '../../chain/rpc-client.js'
import { RpcClient as Rpc } from '../../chain/rpc-client.js'
import { bidShareOf } from '../../config/bid-share.js'
import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head, Reader, StateOverride } from '../../domain/chain.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { PRETENDED_EXECUTOR, executorOverride } from '../../execution/executor/override.js'
import { inspectExecutor } from '../../execution/executor/inspect.js'
import { venuePermissions } from '../../execution/executor/venue-permissions.js'
import { BidBook } from '../../execution/bids/bid-book.js'
import { Journal } from '../../execution/journal.js'
import { Lanes } from '../../execution/lanes.js'
import { Misses } from '../../execution/misses/misses.js'
import { OutcomeTracker, type OutcomeTrackerOptions } from '../../execution/outcome-tracker.js'
import { relaysOf } from '../../execution/relays/configured.js'
import { FanOut } from '../../execution/relays/fan-out.js'
import type { Relay } from '../../execution/relays/relay.js'
import { nodeSimulator } from '../../execution/node-simulator.js'
import { relaySimulator, type Simulator } from '../../execution/simulate.js'
import { Submitter } from '../../execution/submitter.js'
import { accountsOf, type InternalMovements } from '../../ledger/booking.js'
import { SqliteLedger } from '../../ledger/sqlite-ledger.js'
import { RiskGate } from '../../risk/risk-gate.js'
import type { Redactor } from '../../ops/redaction.js'
import { addressesOf, type Operators } from '../operators.js'
import type { Start } from '../start-checks.js'
import { secretsOfUrl } from '../../config/endpoint-secrets.js'
import { Secret } from '../../config/secret.js'
import { maxHeadAgeMsOf } from './head-age.js'
import { lifetimeSecondsOf } from './order-lifetime.js'
import { readPatienceMs } from './patience.js'
import { trustedGate } from './trusted-gate.js'
import { WatchedBook } from './watched-book.js'

/** The contract's own cap, for a dry run. */
const CONTRACT_MAX_BID_BPS = 9_900
/** The bid is paid in the contract; a tip would be paid by reverting transactions too. */
const TIP_WEI = 0n

export interface SendingOptions {
  readonly settings: Settings
  readonly chain: ChainConfig
  readonly start: Start
  readonly operators: Operators
  readonly rpc: RpcClient
  readonly reader: Reader
  readonly block: number
  readonly valueUsd8: OutcomeTrackerOptions['valueUsd8']
  /** What receipts tell of balances inside protocols' books; absent without auctions. */
  readonly internal?: InternalMovements
  /** Dry-run: an agent that simulations shall find, where none is deployed. */
  readonly assumed?: StateOverride
  /** Why nothing may be sent on this head, or null. */
  readonly objection: (head: Head) => string | null
  readonly redactor: Redactor
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Everything from the opportunity to the books. `close` after the submitter has stopped. */
export interface Sending {
  readonly submitter: Submitter
  readonly ledger: SqliteLedger
  readonly gate: RiskGate
  readonly maxBidBps: number
  close(): void
}

/** Builds lane, relays, gate, ledger and simulator. Throws `SettingsError` and `KeeperError` for what cannot be used. */
export async function openSending(options: SendingOptions): Promise<Sending> {
  const { settings, chain, start, operators, rpc, logger, metrics } = options
  const { dataDir } = settings
  const target = await executorOf(options)
  const relays = relaysFor(options)
  const simulation = simulationNode(options)
  const gate = new RiskGate({ dataDir, limits: limitsOf(settings, chain), logger })
  const { internal } = options
  const books = { dataDir, accounts: target.accounts, wrappedNative: chain.wrappedNative }
  const ledger = new SqliteLedger(internal === undefined ? books : { ...books, internal })
  const journal = new Journal({ dataDir: journalFolder(dataDir, start.dryRun), reachBlocks: reachOf(settings), logger })
  const lanes = new Lanes({
    chainId: chain.id,
    executor: target.address,
    ...operators,
    agent: settings.auctionAgent,
    journal,
    submission: chain.submission,
    bid: chain.bid,
    tipWei: TIP_WEI,
    maxTransactionGas: BigInt(chain.maxTransactionGas),
    reachBlocks: reachOf(settings),
    reachSeconds: lifetimeSecondsOf(settings, chain),
    dryRun: start.dryRun,
  })
  const { valueUsd8 } = options
  const bids = new BidBook({
    baseBps: bidShareOf(settings, chain),
    maxBps: Math.min(target.maxBidBps, settings.maxFeeShareBps),
    leastBps: settings.minBidBps,
    contests: () => ledger.contests(),
    logger,
  })
  const changed = (): void => {
    bids.refresh()
  }
  const book = new WatchedBook(ledger, logger, metrics, changed)
  const { confirmations, minOperatorWei } = settings
  const tracking = { ask: rpc, lanes, minOperatorWei, journal, book, gate, valueUsd8, confirmations }
  const tracker = new OutcomeTracker({ ...tracking, logger, metrics })
  const misses = new Misses({
    ...{ ask: rpc, book: ledger, confirmations, worldClock: chain.clock === 'world', changed, logger, metrics },
    nowMs: Date.now,
  })
  for (const { attempts } of journal.state.open.values()) for (const attempt of attempts) misses.sent(attempt)
  const submitter = new Submitter({
    lanes,
    tracker,
    relays: new FanOut(relays, metrics, logger),
    journal,
    gate: trustedGate(gate, options.objection),
    book,
    simulate: simulatorFor(options, relays, simulation),
    bidCaps: { maxBidBps: target.maxBidBps, maxFeeShareBps: settings.maxFeeShareBps },
    bids,
    misses,
    failureBudget: settings.relayFailureBudget,
    logger,
    metrics,
    clockIsOurs: true,
  })
  const close = (): void => {
    simulation?.close()
    ledger.close()
  }
  return { submitter, ledger, gate, maxBidBps: target.maxBidBps, close }
}

/** A dry run keeps its own journal: what it pretends must never be taken for something that may land. */
const journalFolder = (dataDir: string, dryRun: boolean): string => (dryRun ? join(dataDir, 'dry-run') : dataDir)

const reachOf = (settings: Settings): number => settings.orderLifetimeBlocks

function limitsOf(settings: Settings, chain: ChainConfig): ConstructorParameters<typeof RiskGate>[0]['limits'] {
  const { maxDailyLossUsd8, maxConsecutiveReverts, minOperatorWei, maxExposureUsd8 } = settings
  const { maxExitShortfallBps, maxFeeShareBps, maxGasPriceWei } = settings
  const maxHeadAgeMs = maxHeadAgeMsOf(settings, chain)
  const maxHeadLeadMs = chain.clock === 'own' ? null : MOST_AHEAD_MS
  const money = { maxDailyLossUsd8, maxConsecutiveReverts, minOperatorWei, maxExposureUsd8 }
  const mayLose = settings.mode === 'backstop'
  return { ...money, maxExitShortfallBps, maxFeeShareBps, maxGasPriceWei, maxHeadAgeMs, maxHeadLeadMs, mayLose }
}

/** Where orders go and whose gains are ours. A dry run needs no executor on the chain. */
async function executorOf({ settings, reader, operators, block }: SendingOptions) {
  const keys = addressesOf(operators)
  const [first = PRETENDED_EXECUTOR] = keys
  const { executor } = settings
  if (executor === null) {
    const accounts = accountsOf(first, first, keys, PRETENDED_EXECUTOR, settings.auctionAgent)
    return { address: PRETENDED_EXECUTOR, maxBidBps: CONTRACT_MAX_BID_BPS, accounts }
  }
  const asked = { operator: first, factories: [], lenders: [], targets: [] }
  const { owner, payout, maxBidBps, codeMatches } = await inspectExecutor(reader, executor, asked, block)
  const accounts = accountsOf(owner, payout, keys, executor, settings.auctionAgent)
  return { address: executor, maxBidBps: codeMatches ? maxBidBps : CONTRACT_MAX_BID_BPS, accounts }
}

/** A fresh identity at relays where none is configured: it works, but earns no reputation. */
function relaysFor({ settings, chain, start, redactor, logger }: SendingOptions): Relay[] {
  if (start.path === null || start.dryRun) return []
  const authKey = settings.relayAuthKey ?? new Secret(Wallet.createRandom().privateKey)
  redactor.add(authKey)
  // those of the market file are no settings, and can hold a key as well
  for (const secret of start.path.urls.flatMap(secretsOfUrl)) redactor.add(secret)
  if (settings.relayAuthKey === null && start.path.kind === 'bundle') {
    logger.warn('relay-identity', { hint: 'RELAY_AUTH_KEY is not set: relays see a stranger after every start' })
  }
  const { kind: submission, urls, setting } = start.path
  const deadlineMs = settings.relayTimeoutMs
  return relaysOf({ submission, urls, setting, chainId: chain.id, authKey: authKey.reveal(), deadlineMs })
}

function simulationNode({ settings, chain, logger, metrics }: SendingOptions): RpcClient | null {
  if (settings.simulationRpcUrl === null) return null
  const deadlineMs = readPatienceMs(chain)
  return new Rpc({ urls: [settings.simulationRpcUrl], chainId: chain.id, deadlineMs, logger, metrics })
}

/**
 * The own node where one is configured. Without it a relay simulates, or, in dry-run where nothing will ever be sent, the
 * ordinary endpoints; a dry run puts the executor there for the length of the call.
 */
function simulatorFor(options: SendingOptions, relays: readonly Relay[], own: RpcClient | null): Simulator | null {
  const { settings, chain, start, operators, rpc } = options
  const { blockTimeSeconds } = chain
  if (!start.dryRun) {
    if (own !== null) return nodeSimulator({ node: own, blockTimeSeconds })
    const [first] = relays
    return first?.simulate === undefined ? null : relaySimulator(first)
  }
  const override = executorOverride(settings.executor ?? PRETENDED_EXECUTOR, {
    owner: addressesOf(operators)[0] ?? PRETENDED_EXECUTOR,
    payout: addressesOf(operators)[0] ?? PRETENDED_EXECUTOR,
    wrappedNative: chain.wrappedNative,
    maxBidBps: CONTRACT_MAX_BID_BPS,
    operators: addressesOf(operators),
    factories: venuePermissions(chain.venues).factories,
    lenders: [...start.markets.flatMap(({ lenders }) => lenders), ...venuePermissions(chain.venues).lenders],
    targets: [...start.markets.flatMap(({ targets }) => targets), ...venuePermissions(chain.venues).targets],
  })
  return nodeSimulator({ node: own ?? rpc, blockTimeSeconds, override: { ...override, ...options.assumed } })
}
