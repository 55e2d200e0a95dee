import type { Address } from '../domain/chain.js'
import type { KeySource } from './key-source.js'
import type { OperatorKeysFile } from './operator-keys.js'
import type { Secret } from './secret.js'
import type { RawSettings } from './settings-schema.js'

/** All settings, typed, units in the names. `null` means not set. */
export interface Settings {
  readonly rpcUrls: readonly string[]
  readonly simulationRpcUrl: string | null
  readonly marketsFile: string | null
  readonly confirmations: number
  readonly maxHeadAgeSeconds: number | null
  /** 0: a majority. */
  readonly headQuorum: number
  readonly operator: KeySource | null
  /** The operators in place of `operator`. */
  readonly operatorKeys: OperatorKeysFile | null
  readonly relayAuthKey: Secret | null
  readonly executor: Address | null
  readonly auctionAgent: Address | null
  readonly dryRun: boolean
  readonly relayUrls: readonly string[]
  readonly relayTimeoutMs: number
  readonly relayFailureBudget: number
  readonly orderLifetimeBlocks: number
  readonly pendingTransmits: boolean
  readonly mevShareStreamUrl: string | null
  readonly titanOfaUrl: string | null
  readonly titanOfaKey: Secret | null
  readonly atlasUrl: string | null
  readonly atlasSolverKey: Secret | null
  /** A plain number: it only chooses who is prepared. */
  readonly prepareHealthFactor: number
  readonly prepareCpuPercent: number
  /** US dollars with 8 decimals, as all `…Usd8`. */
  readonly minProfitUsd8: bigint
  /** Null: the market file's. */
  readonly bidBps: number | null
  /** Null: half of the share that is bid. */
  readonly minBidBps: number | null
  readonly contested: RawSettings['CONTESTED']
  readonly maxFeeShareBps: number
  /** Of one swap; null: by how the chain is sent to. */
  readonly swapLimitBps: number | null
  readonly maxGasPriceWei: bigint | null
  readonly maxDailyLossUsd8: bigint
  readonly mode: RawSettings['MODE']
  readonly backstopDailyLossUsd8: bigint
  readonly maxConsecutiveReverts: number
  readonly minOperatorWei: bigint
  readonly maxExposureUsd8: bigint
  readonly maxExitShortfallBps: number
  /** Absolute path. */
  readonly dataDir: string
  readonly logLevel: RawSettings['LOG_LEVEL']
  readonly auditSample: number
  /** Differences within an hour. */
  readonly auditMaxDifferences: number
  readonly metricsPort: number
  readonly owner: KeySource | null
  readonly operatorAddresses: readonly Address[]
  readonly payout: Address | null
  /** Everything that must never be printed: keys, and the parts of endpoints that can be keys. */
  readonly secrets: readonly Secret[]
  /** Lines for the log: names that look like misspelt settings. */
  readonly warnings: readonly string[]
}
