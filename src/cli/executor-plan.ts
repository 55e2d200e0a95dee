import type { ChainConfig } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import type { Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { AllowListChange, ExecutorSettings } from '../execution/executor/deploy.js'
import type { ExecutorReport } from '../execution/executor/inspect.js'
import { venuePermissions } from '../execution/executor/venue-permissions.js'
import type { KnownMarket } from './strategies.js'

/** Largest share of a gain that the contract lets anybody bid. */
const CONTRACT_MAX_BID_BPS = 9_900

const distinct = (addresses: readonly Address[]): Address[] => [...new Set(addresses)]

/** Who may send through a contract of ours; `known` are the operators whose keys are at hand. Throws `SettingsError` when there is none, or the owner is one. Pure. */
export function operatorsFor(settings: Settings, owner: Address, known: readonly Address[]): Address[] {
  const operators = distinct(settings.operatorAddresses.length > 0 ? settings.operatorAddresses : known)
  if (operators.length === 0)
    throw new SettingsError(
      'OPERATOR_ADDRESSES',
      'is not set; name the address of the key that shall send (or set PRIVATE_KEY or OPERATOR_KEYS_FILE)',
    )
  if (operators.includes(owner))
    throw new SettingsError(
      'OPERATOR_ADDRESSES',
      `${owner} is also the owner: a stolen operator key could then empty the contract; use two keys`,
    )
  return operators
}

/** The settings of a new executor. Throws `SettingsError` for operators as `operatorsFor` does. Pure. */
export function executorSettings(
  settings: Settings,
  chain: ChainConfig,
  markets: readonly KnownMarket[],
  owner: Address,
  known: readonly Address[],
): ExecutorSettings {
  const operators = operatorsFor(settings, owner, known)
  return {
    owner,
    payout: settings.payout ?? owner,
    wrappedNative: chain.wrappedNative,
    maxBidBps: Math.min(settings.maxFeeShareBps, CONTRACT_MAX_BID_BPS),
    operators,
    factories: venuePermissions(chain.venues).factories,
    lenders: distinct([...markets.flatMap(({ lenders }) => lenders), ...venuePermissions(chain.venues).lenders]),
    targets: [...markets.flatMap(({ targets }) => targets), ...venuePermissions(chain.venues).targets],
  }
}

/** What an existing executor still lacks of `wanted`; `operators` are those it was found not to obey. Pure. */
export function lackingIn(
  report: ExecutorReport,
  wanted: ExecutorSettings,
  operators: readonly Address[],
): AllowListChange {
  return {
    operators,
    factories: wanted.factories.filter((a) => !report.factories.includes(a)),
    lenders: wanted.lenders.filter((a) => !report.lenders.includes(a)),
    targets: wanted.targets.filter(
      ({ target, selector }) => !report.targets.some((t) => t.target === target && t.selector === selector),
    ),
  }
}

/** The settings as people read them, one line each. */
export function describeSettings(settings: ExecutorSettings): string[] {
  return [
    `owner         ${settings.owner}`,
    `payout        ${settings.payout}`,
    `wrapped token ${settings.wrappedNative}`,
    `largest bid   ${settings.maxBidBps / 100} % of a gain`,
    ...settings.operators.map((a) => `operator      ${a}`),
    ...settings.factories.map((a) => `pools of      ${a}`),
    ...settings.lenders.map((a) => `flash loans   ${a}`),
    ...settings.targets.map(({ target, selector }) => `calls to      ${target} ${selector}`),
  ]
}
