import { readHead } from './head.js'
import type { Address, Head, Hex } from '../../../src/domain/chain.js'
import type { Opportunity } from '../../../src/domain/opportunity.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import type { Rpc } from '../../../src/devnet/rpc.js'
import type { ChainAsk } from '../../../src/execution/chain-facts.js'
import { BidBook } from '../../../src/execution/bids/bid-book.js'
import { Misses } from '../../../src/execution/misses/misses.js'
import { Journal } from '../../../src/execution/journal.js'
import { Lanes } from '../../../src/execution/lanes.js'
import { OperatorKey } from '../../../src/execution/operator-key.js'
import { OutcomeTracker } from '../../../src/execution/outcome-tracker.js'
import { relaysOf } from '../../../src/execution/relays/configured.js'
import { FanOut } from '../../../src/execution/relays/fan-out.js'
import type { Simulator } from '../../../src/execution/simulate.js'
import { Submitter } from '../../../src/execution/submitter.js'
import { NATIVE, accountsOf, type Accounts } from '../../../src/ledger/booking.js'
import { SqliteLedger } from '../../../src/ledger/sqlite-ledger.js'
import type { RiskLimits } from '../../../src/risk/limits.js'
import { RiskGate } from '../../../src/risk/risk-gate.js'
import { A } from './records.js'

/** Anvil's first account. */
export const OPERATOR_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const WETH = A('c')
export const EXECUTOR = A('e')

export const wideLimits: RiskLimits = {
  maxDailyLossUsd8: 10n ** 14n,
  maxConsecutiveReverts: 100,
  maxHeadAgeMs: 60_000,
  minOperatorWei: 0n,
  maxExposureUsd8: 10n ** 20n,
  maxExitShortfallBps: 10_000,
  maxFeeShareBps: 10_000,
  maxGasPriceWei: null,
}

export interface KeeperParts {
  readonly submitter: Submitter
  readonly journal: Journal
  readonly ledger: SqliteLedger
  readonly gate: RiskGate
  readonly operator: Address
  stop(): Promise<void>
}

export interface KeeperOptions {
  readonly dataDir: string
  readonly ask: ChainAsk
  readonly relayUrls: readonly string[]
  readonly submission?: 'bundle' | 'privateRpc'
  readonly bid?: 'coinbase' | 'priorityFee'
  readonly dryRun?: boolean
  readonly limits?: Partial<RiskLimits>
  /** Default: none with bundles, elsewhere one that finds nothing wrong. */
  readonly simulate?: Simulator | null
  readonly confirmations?: number
  readonly failureBudget?: number
  /** Default: one operator. */
  readonly keys?: readonly string[]
  readonly housekeeping?: string
  readonly executor?: Address
  readonly agent?: Address
  readonly wrappedNative?: Address
  /** Default: of nobody. */
  readonly accounts?: Accounts
  readonly ethUsd?: bigint
}

export const askOver = (rpc: Rpc): ChainAsk => ({
  request: async (method, params, parse) => parse(await rpc(method, params)),
})

/** The room put together as the command line does. */
export function makeKeeper(options: KeeperOptions): KeeperParts {
  const { dataDir, ask, relayUrls, dryRun = false, submission = 'bundle', executor = EXECUTOR } = options
  const keys = (options.keys ?? [OPERATOR_KEY]).map((key) => new OperatorKey(key))
  const operators = keys.map(({ address }) => address)
  const [operator = A('0')] = operators
  const reachBlocks = 3
  const reachSeconds = 72
  const chainId = 31337
  const journal = new Journal({ dataDir, reachBlocks, logger: silentLogger })
  const accounts = options.accounts ?? accountsOf(A('0'), A('f'), operators, executor)
  const ledger = new SqliteLedger({ dataDir, accounts, wrappedNative: options.wrappedNative ?? WETH })
  const gate = new RiskGate({ dataDir, limits: { ...wideLimits, ...options.limits }, logger: silentLogger })
  const maxTransactionGas = 16_000_000n
  const lanes = new Lanes({
    ...{ chainId, executor, keys, journal, submission, reachBlocks, reachSeconds, dryRun, maxTransactionGas },
    housekeeping: options.housekeeping === undefined ? null : new OperatorKey(options.housekeeping),
    bid: options.bid ?? 'coinbase',
    tipWei: 1n,
    agent: options.agent ?? null,
  })
  const common = { journal, gate, book: ledger, logger: silentLogger, metrics: noMetrics }
  const ethUsd = options.ethUsd ?? 2000n
  const tracker = new OutcomeTracker({
    ...common,
    ask,
    lanes,
    minOperatorWei: 0n,
    valueUsd8: (deltas) => {
      const unpriced = new Map([...deltas].filter(([token]) => token !== NATIVE))
      return { usd8: ((deltas.get(NATIVE) ?? 0n) * ethUsd) / 10n ** 10n, unpriced }
    },
    confirmations: options.confirmations ?? 3,
  })
  const authKey = `0x${'11'.repeat(32)}`
  const urls = relayUrls
  const relays = new FanOut(
    relaysOf({ submission, urls, setting: 'RELAY_URLS', chainId, authKey, deadlineMs: 500 }),
    noMetrics,
    silentLogger,
  )
  const fine: Simulator = () => Promise.resolve({ kind: 'done', gasUsed: null, gross: null, bid: null })
  const simulate = options.simulate === undefined ? (submission === 'bundle' ? null : fine) : options.simulate
  const bids = new BidBook({ baseBps: 5_000, maxBps: 9_900, contests: () => ledger.contests(), logger: silentLogger })
  const misses = new Misses({
    ...{ ask, book: ledger, confirmations: options.confirmations ?? 3, worldClock: false, nowMs: Date.now },
    ...{ changed: () => bids.refresh(), logger: silentLogger, metrics: noMetrics },
  })
  const submitter = new Submitter({
    ...{ ...common, lanes, tracker, relays, simulate, clockIsOurs: false },
    bids,
    misses,
    bidCaps: { maxBidBps: 9_900, maxFeeShareBps: 9_900 },
    failureBudget: options.failureBudget ?? 20,
  })
  return {
    ...{ submitter, journal, ledger, gate, operator },
    stop: async () => {
      await submitter.stop(1000)
      ledger.close()
    },
  }
}

export const headOf = async (rpc: Rpc): Promise<Head> => readHead(await rpc('eth_getBlockByNumber', ['latest', false]))

/** An opportunity for one position; the order is well-formed, what it does is the executor's affair. */
export function opportunityFor(
  position: string,
  head: Head,
  changes: Partial<Opportunity> = {},
  life = 3,
): Opportunity {
  const token = { address: WETH, symbol: 'WETH', decimals: 18 }
  const plan = {
    market: 'm',
    position,
    collateral: token,
    debt: { ...token, address: A('d') },
    collateralPrice: 2000n * 10n ** 8n,
    debtPrice: 2000n * 10n ** 8n,
    healthFactor: 9n * 10n ** 17n,
    maxRepay: 10n ** 18n,
    availableCollateral: 10n ** 20n,
    at: () => ({ code: 'healthy' as const, detail: '' }),
  }
  const amounts = { debtToCover: 10n ** 18n, repay: 10n ** 18n, seize: 10n ** 18n, protocolFee: 0n, deficitBase: 0n }
  const target = { target: A('7'), data: '0x12345678' as Hex, approve: null, mustReturn: null }
  return {
    id: `o-${position}`,
    chainId: 31337,
    legs: [
      {
        ...{ market: 'm', position, plan, amounts, steps: [], route: 'WETH -> D', gross: 10n ** 17n },
        gas: 300_000n,
        exitShortfallBps: 20,
      },
    ],
    profitToken: WETH,
    grossWei: 10n ** 17n,
    gas: 300_000n,
    gasCostWei: 10n ** 15n,
    bidWei: 5n * 10n ** 16n,
    netWei: 49n * 10n ** 15n,
    netUsd8: 98n * 10n ** 8n,
    order: {
      deadlineBlock: head.number + life,
      deadlineTime: head.timestamp + BigInt(24 * life),
      profitToken: WETH,
      minProfit: 1n,
      bidBps: 5000,
      minBidWei: 0n,
      tokens: [WETH],
      check: null,
      steps: [{ kind: 'call', ...target }],
    },
    ...changes,
  }
}
