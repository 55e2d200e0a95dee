import { formatUnits } from 'ethers'
import { SettingsError } from '../domain/errors.js'
import type { SettingName } from './settings-schema.js'
import type { Settings } from './settings.js'

/**
 * What the command needs: `nothing` (settings, report), `rpc` (reads the chain), `keys` (may send: with `DRY_RUN=false`
 * also the operator's key and the executor).
 */
export type Needs = 'nothing' | 'rpc' | 'keys'

/** What stands against running such a command with these settings. */
export function problemsOf(settings: Settings, needs: Needs): SettingsError[] {
  return [...missing(settings, needs), ...consistency(settings), ...orderFlow(settings)]
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
