import type { Address } from '../../domain/chain.js'
import type { BundleStore } from './bundle-store.js'
import { hexNumber, onlyFields } from './fields.js'
import { invalidParams } from './rejection.js'
import type { BundleRecord } from './submission.js'

const BUILDER_PUBKEY = `0x${'b1'.repeat(48)}`

/** `flashbots_getUserStatsV2` for the signer of the request, from what this builder has seen; decimal strings. */
export function userStats(store: BundleStore, signer: Address | null): Record<string, unknown> {
  const own = store.records().filter((record) => record.signer === signer)
  const since = (days: number): BundleRecord[] =>
    own.filter(({ receivedAtMs }) => receivedAtMs >= Date.now() - days * 86_400_000)
  return {
    isHighPriority: false,
    allTimeValidatorPayments: payments(own),
    allTimeGasSimulated: gas(own),
    last7dValidatorPayments: payments(since(7)),
    last7dGasSimulated: gas(since(7)),
    last1dValidatorPayments: payments(since(1)),
    last1dGasSimulated: gas(since(1)),
  }
}

const payments = (records: readonly BundleRecord[]): string =>
  String(records.reduce((sum, { outcome }) => sum + (outcome.kind === 'landed' ? outcome.paidWei : 0n), 0n))

const gas = (records: readonly BundleRecord[]): string =>
  String(records.reduce((sum, { simulated }) => sum + (simulated?.gasUsed ?? 0n), 0n))

/** `flashbots_getBundleStatsV2`; times as ISO text. A bundle this relay never saw has only the two flags. */
export function bundleStats(
  store: BundleStore,
  relay: string,
  params: Record<string, unknown>,
): Record<string, unknown> {
  onlyFields(params, new Set(['bundleHash', 'blockNumber']))
  const { bundleHash } = params
  if (typeof bundleHash !== 'string') throw invalidParams('field-type', 'bundleHash: a hash is expected')
  const block = hexNumber(params['blockNumber'], 'blockNumber')
  const known = store
    .find(relay, bundleHash.toLowerCase())
    .find(({ firstBlock, lastBlock }) => firstBlock <= block && block <= lastBlock)
  if (!known) return { isSimulated: false, isHighPriority: false }
  const { simulated, outcome, receivedAtMs } = known
  const stamp = (ms: number): { pubkey: string; timestamp: string } => ({
    pubkey: BUILDER_PUBKEY,
    timestamp: new Date(ms).toISOString(),
  })
  return {
    isSimulated: simulated !== null,
    isHighPriority: false,
    ...(simulated ? { simulatedAt: new Date(simulated.atMs).toISOString() } : {}),
    receivedAt: new Date(receivedAtMs).toISOString(),
    consideredByBuildersAt: simulated ? [stamp(simulated.atMs)] : [],
    sealedByBuildersAt: simulated && outcome.kind === 'landed' ? [stamp(simulated.atMs)] : [],
  }
}
