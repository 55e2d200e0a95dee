import { resolve } from 'node:path'
import { SettingsError } from '../domain/errors.js'
import { secretsOfUrl } from './endpoint-secrets.js'
import { keySource, OPERATOR, OWNER } from './key-source.js'
import type { Secret } from './secret.js'
import { problemsOf, type Needs } from './settings-checks.js'
import { failWith } from './settings-errors.js'
import { SETTING_NAMES, settingsSchema, type RawSettings } from './settings-schema.js'
import type { Settings } from './settings.js'
import { closestName } from './spelling.js'

export type Env = Readonly<Record<string, string | undefined>>

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
  failWith(problems)
  throw new Error('zod reported a failure without an issue')
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
  failWith(problemsOf(settings, options.needs))
  return settings
}
