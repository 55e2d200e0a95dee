import { formatUnits } from 'ethers'
import { resolve } from 'node:path'
import type { Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import { secretsOfUrl } from './endpoint-secrets.js'
import { keySource, OPERATOR, OWNER, type KeySource } from './key-source.js'
import type { OperatorKeysFile } from './operator-keys.js'
import type { Secret } from './secret.js'
import { SETTING_NAMES, settingsSchema, type RawSettings, type SettingName } from './settings-schema.js'
import { closestName } from './spelling.js'

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

/**
 * What the command needs: `nothing` (settings, report), `rpc` (reads the chain), `keys` (may send: with `DRY_RUN=false`
 * also the operator's key and the executor).
 */
export type Needs = 'nothing' | 'rpc' | 'keys'

export type Env = Readonly<Record<string, string | undefined>>

/** More than one thing is wrong; the message has one line for each. */
export class SettingsErrors extends SettingsError {
  constructor(readonly problems: readonly SettingsError[]) {
    super(problems[0]?.setting ?? 'settings', '')
    this.message = problems.map((problem) => problem.message).join('\n')
  }
}

function fail(problems: readonly SettingsError[]): void {
  const [first, second] = problems
  if (first === undefined) return
  throw second === undefined ? first : new SettingsErrors(problems)
}

/** Blank values count as not set: `.env.example` leaves many lines empty. */
function textsOf(env: Env): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const name of SETTING_NAMES) {
    const text = env[name]?.trim()
    if (text !== undefined && text !== '') texts[name] = text
  }
  return texts
}

function parse(env: Env): RawSettings {
  const parsed = settingsSchema.safeParse(textsOf(env))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const [setting = 'settings', ...rest] = issue.path.map(String)
    const where = rest.length > 0 ? `entry ${Number(rest[0]) + 1} ` : ''
    return new SettingsError(setting, where + issue.message)
  })
  fail(problems)
  throw new Error('zod reported a failure without an issue')
}

/** What is missing for the command; sending needs more than looking. */
function missing(settings: Settings, needs: Needs): SettingsError[] {
  const problems: SettingsError[] = []
  const want = (there: boolean, name: SettingName, what: string): void => {
    if (!there) problems.push(new SettingsError(name, `is not set; ${what}`))
  }
  if (needs === 'nothing') return problems
  want(settings.rpcUrls.length > 0, 'RPC_URLS', 'name at least one endpoint of the chain, e.g. RPC_URLS=https://…')
  want(settings.marketsFile !== null, 'MARKETS_FILE', 'name one of the files in config/markets')
  if (needs === 'rpc' || settings.dryRun) return problems
  want(
    settings.operator !== null || settings.operatorKeys !== null,
    'PRIVATE_KEY',
    'sending needs the operator key (or KEYSTORE_FILE), or set DRY_RUN=true',
  )
  want(
    settings.executor !== null,
    'EXECUTOR_ADDRESS',
    'sending needs it: run `keeper deploy-executor`, or set DRY_RUN=true',
  )
  return problems
}

/** An auction that is named and cannot be worked with would be one that is silently missed. */
function orderFlow(settings: Settings): SettingsError[] {
  const { titanOfaUrl, titanOfaKey, atlasUrl, atlasSolverKey } = settings
  const needs: readonly [boolean, SettingName, string][] = [
    [titanOfaUrl !== null && titanOfaKey === null, 'TITAN_OFA_KEY', 'TITAN_OFA_URL'],
    [atlasUrl !== null && atlasSolverKey === null, 'ATLAS_SOLVER_KEY', 'ATLAS_URL'],
  ]
  return needs.flatMap(([isMissing, name, because]) =>
    isMissing ? [new SettingsError(name, `is not set, and ${because} is: set both or neither`)] : [],
  )
}

function consistency(settings: Settings): SettingsError[] {
  const { bidBps, maxFeeShareBps } = settings
  const bid = `is ${bidBps}, not below MAX_FEE_SHARE_BPS (${maxFeeShareBps}): every opportunity would be refused`
  const early = backstopEndsEarly(settings, 1)
  return [
    ...(bidBps === null || bidBps < maxFeeShareBps ? [] : [new SettingsError('BID_BPS', bid)]),
    ...(early === null ? [] : [early]),
  ]
}

/**
 * What backstop mode loses counts towards MAX_DAILY_LOSS_USD, with the gas of its transactions: unless that is above the
 * budgets of all protocols together, its breaker ends the run before they are used up. Null where it does not.
 */
export function backstopEndsEarly(settings: Settings, protocols: number): SettingsError | null {
  const { mode, backstopDailyLossUsd8: each, maxDailyLossUsd8: most } = settings
  const sum = each * BigInt(protocols)
  if (mode !== 'backstop' || sum === 0n || most > sum) return null
  const usd = (amount: bigint): string => formatUnits(amount, 8).replace(/\.0$/, '')
  const budget = `BACKSTOP_DAILY_LOSS_USD (${usd(each)})${protocols > 1 ? ` of ${protocols} protocols` : ''}`
  const text = `is ${usd(most)}, not above ${budget}: its breaker would end the backstop run early; set it above ${usd(sum)}, with room for gas`
  return new SettingsError('MAX_DAILY_LOSS_USD', text)
}

function warningsOf(env: Env): string[] {
  const known = new Set<string>([...SETTING_NAMES, 'KEEPER_ENV_FILE'])
  return Object.keys(env).flatMap((name) => {
    if (known.has(name)) return []
    const meant = closestName(name, SETTING_NAMES)
    if (meant !== null) return [`${name} is no setting; did you mean ${meant}?`]
    return name.startsWith('KEEPER_') ? [`${name} is no setting of the keeper and is ignored`] : []
  })
}

function secretsOf(raw: RawSettings): Secret[] {
  const single = [raw.SIMULATION_RPC_URL, raw.MEV_SHARE_STREAM_URL, raw.TITAN_OFA_URL, raw.ATLAS_URL]
  const urls = [...(raw.RPC_URLS ?? []), ...(raw.RELAY_URLS ?? []), ...single.filter((url) => url !== undefined)]
  const { PRIVATE_KEY, RELAY_AUTH_KEY, OWNER_PRIVATE_KEY, TITAN_OFA_KEY, ATLAS_SOLVER_KEY } = raw
  const all = [PRIVATE_KEY, RELAY_AUTH_KEY, OWNER_PRIVATE_KEY, TITAN_OFA_KEY, ATLAS_SOLVER_KEY]
  const keys = all.filter((key) => key !== undefined)
  return [...keys, ...urls.flatMap(secretsOfUrl)]
}

/** One key, or a file of keys; never both: it would not be clear who signs. */
function operatorsOf(raw: RawSettings): Pick<Settings, 'operator' | 'operatorKeys'> {
  const { OPERATOR_KEYS_FILE: file, KEYSTORE_PASSWORD_FILE: password } = raw
  if (file === undefined) return { operator: keySource(raw, OPERATOR), operatorKeys: null }
  if (raw.PRIVATE_KEY !== undefined || raw.KEYSTORE_FILE !== undefined) {
    throw new SettingsError('OPERATOR_KEYS_FILE', 'is set beside PRIVATE_KEY or KEYSTORE_FILE; keep one of them')
  }
  const passwordFile = password === undefined ? null : resolve(password)
  return { operator: null, operatorKeys: { file: resolve(file), passwordFile } }
}

function typed(raw: RawSettings, warnings: readonly string[]): Settings {
  return {
    rpcUrls: raw.RPC_URLS ?? [],
    simulationRpcUrl: raw.SIMULATION_RPC_URL ?? null,
    marketsFile: raw.MARKETS_FILE ?? null,
    confirmations: raw.CONFIRMATIONS,
    maxHeadAgeSeconds: raw.MAX_HEAD_AGE_SECONDS ?? null,
    headQuorum: raw.HEAD_QUORUM,
    ...operatorsOf(raw),
    relayAuthKey: raw.RELAY_AUTH_KEY ?? null,
    executor: raw.EXECUTOR_ADDRESS ?? null,
    auctionAgent: raw.AUCTION_AGENT_ADDRESS ?? null,
    dryRun: raw.DRY_RUN,
    relayUrls: raw.RELAY_URLS ?? [],
    relayTimeoutMs: raw.RELAY_TIMEOUT_MS,
    relayFailureBudget: raw.RELAY_FAILURE_BUDGET,
    orderLifetimeBlocks: raw.ORDER_LIFETIME_BLOCKS,
    pendingTransmits: raw.PENDING_TRANSMITS,
    mevShareStreamUrl: raw.MEV_SHARE_STREAM_URL ?? null,
    titanOfaUrl: raw.TITAN_OFA_URL ?? null,
    titanOfaKey: raw.TITAN_OFA_KEY ?? null,
    atlasUrl: raw.ATLAS_URL ?? null,
    atlasSolverKey: raw.ATLAS_SOLVER_KEY ?? null,
    prepareHealthFactor: Number(raw.PREPARE_HEALTH_FACTOR) / 1e4,
    prepareCpuPercent: raw.PREPARE_CPU_PERCENT,
    minProfitUsd8: raw.MIN_PROFIT_USD,
    bidBps: raw.BID_BPS ?? null,
    minBidBps: raw.MIN_BID_BPS ?? null,
    contested: raw.CONTESTED,
    maxFeeShareBps: raw.MAX_FEE_SHARE_BPS,
    swapLimitBps: raw.SWAP_LIMIT_BPS ?? null,
    maxGasPriceWei: raw.MAX_GAS_GWEI ?? null,
    maxDailyLossUsd8: raw.MAX_DAILY_LOSS_USD,
    mode: raw.MODE,
    backstopDailyLossUsd8: raw.BACKSTOP_DAILY_LOSS_USD,
    maxConsecutiveReverts: raw.MAX_CONSECUTIVE_REVERTS,
    minOperatorWei: raw.MIN_OPERATOR_ETH,
    maxExposureUsd8: raw.MAX_EXPOSURE_USD,
    maxExitShortfallBps: raw.MAX_EXIT_SHORTFALL_BPS,
    dataDir: resolve(raw.DATA_DIR),
    logLevel: raw.LOG_LEVEL,
    auditSample: raw.AUDIT_SAMPLE,
    auditMaxDifferences: raw.AUDIT_MAX_DIFFERENCES,
    metricsPort: raw.METRICS_PORT,
    owner: keySource(raw, OWNER),
    operatorAddresses: raw.OPERATOR_ADDRESSES ?? [],
    payout: raw.PAYOUT_ADDRESS ?? null,
    secrets: secretsOf(raw),
    warnings,
  }
}

/**
 * Reads all settings from environment variables. Throws `SettingsError` that names the setting and what to do
 * (`SettingsErrors` with a line for each when several are wrong); values are never repeated, they may be secrets.
 */
export function readSettings(env: Env, options: { readonly needs: Needs }): Settings {
  const settings = typed(parse(env), warningsOf(env))
  fail([...missing(settings, options.needs), ...consistency(settings), ...orderFlow(settings)])
  return settings
}
