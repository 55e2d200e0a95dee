import type { Rejection } from './rejection.js'
import { TRANSPORT_STATUS } from './rejection.js'

export type PersonalityName = 'flashbots' | 'buildernet' | 'titan' | 'quasar' | 'nullResult'

/** How one relay differs from the others. */
export interface Personality {
  readonly signature: 'required' | 'optional'
  readonly missingSignatureStatus: number
  readonly badSignatureStatus: number
  /** JSON-RPC errors ride on HTTP 4xx instead of 200. */
  readonly errorsAsHttp: boolean
  /** Fields of `eth_sendBundle`; any other is refused. */
  readonly bundleFields: ReadonlySet<string>
  readonly uuid: 'v4' | 'any'
  /** An absent `blockNumber` means the next block. */
  readonly blockNumberOptional: boolean
  /** It is also the door to MEV-Share (`mev_*`). */
  readonly mevShare: boolean
  readonly sendResult: (bundleHash: string, receivedAtMs: number) => unknown
  readonly cancelResult: (bundleHashes: readonly string[]) => unknown
}

const COMMON = ['txs', 'blockNumber', 'minTimestamp', 'maxTimestamp', 'revertingTxHashes', 'replacementUuid']
const REFUND = ['refundPercent', 'refundRecipient', 'refundTxHashes']

const flashbots: Personality = {
  signature: 'required',
  missingSignatureStatus: 403,
  badSignatureStatus: 403,
  errorsAsHttp: false,
  bundleFields: new Set([...COMMON, 'builders']),
  uuid: 'v4',
  blockNumberOptional: false,
  mevShare: true,
  sendResult: (bundleHash) => ({ bundleHash }),
  cancelResult: (bundleHashes) => bundleHashes,
}

const titan: Personality = {
  ...flashbots,
  mevShare: false,
  signature: 'optional',
  badSignatureStatus: 400,
  bundleFields: new Set([...COMMON, ...REFUND, 'droppingTxHashes']),
  uuid: 'any',
  blockNumberOptional: true,
  cancelResult: () => 200,
}

export const PERSONALITIES: Readonly<Record<PersonalityName, Personality>> = {
  flashbots,
  buildernet: {
    ...flashbots,
    mevShare: false,
    missingSignatureStatus: 400,
    badSignatureStatus: 400,
    errorsAsHttp: true,
    bundleFields: new Set([
      ...COMMON,
      ...REFUND,
      'uuid',
      'replacementNonce',
      'droppingTxHashes',
      'delayedRefund',
      'refundIdentity',
      'version',
      'desiredState',
      'targetAddresses',
      'targetSlots',
    ]),
    blockNumberOptional: true,
    sendResult: (bundleHash, receivedTimestampMs) => ({ bundleHash, receivedTimestampMs }),
  },
  titan,
  quasar: {
    ...titan,
    badSignatureStatus: 401,
    bundleFields: new Set([...COMMON, ...REFUND, 'droppingTxHashes', 'replacementSeqNumber']),
  },
  nullResult: { ...titan, bundleFields: new Set(COMMON), sendResult: () => null, cancelResult: () => null },
}

/** The HTTP status of a refusal. */
export function statusOf(personality: Personality, { reason }: Rejection): number {
  const transport = TRANSPORT_STATUS[reason]
  if (transport !== undefined) return transport
  if (reason === 'signature-missing') return personality.missingSignatureStatus
  if (reason.startsWith('signature-')) return personality.badSignatureStatus
  if (!personality.errorsAsHttp) return 200
  return reason === 'unknown-method' ? 404 : 400
}
