import { isAddress } from 'ethers'
import { isRecord } from '../proxy/json-rpc.js'
import type { Personality } from './personality.js'
import { invalidParams, refusedBundle } from './rejection.js'

/** The fields of `eth_sendBundle` after their types and mutual rules were checked; transactions still raw. */
export interface BundleFields {
  readonly txs: readonly string[]
  /** Undefined: the next block. */
  readonly blockNumber: number | undefined
  readonly minTimestamp: number
  readonly maxTimestamp: number
  readonly mayRevert: readonly string[]
  readonly mayDrop: readonly string[]
  readonly refundTxHashes: readonly string[]
  readonly replacementUuid: string | null
  readonly sequence: number
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const HASH = /^0x[0-9a-fA-F]{64}$/
export const MAX_TRANSACTIONS = 100

/** Refuses fields that the relay does not know: real ones may reject the whole request for one. */
export function onlyFields(params: Record<string, unknown>, allowed: ReadonlySet<string>): void {
  for (const field of Object.keys(params))
    if (!allowed.has(field)) throw invalidParams('unknown-field', `unknown field ${field}`)
}

/** Checks of a single object's shape that need no chain. Throws a named `Rejection`. */
export function readBundleFields(params: Record<string, unknown>, personality: Personality): BundleFields {
  onlyFields(params, personality.bundleFields)
  const txs = rawTransactions(params['txs'])
  const minTimestamp = whole(params['minTimestamp'], 'minTimestamp')
  const maxTimestamp = whole(params['maxTimestamp'], 'maxTimestamp')
  if (maxTimestamp !== 0 && minTimestamp > maxTimestamp)
    throw invalidParams('timestamp-order', 'minTimestamp is after maxTimestamp')
  checkRefund(params)
  return {
    txs,
    blockNumber: targetBlock(params['blockNumber'], personality.blockNumberOptional || txs.length === 0),
    minTimestamp,
    maxTimestamp,
    mayRevert: hashes(params['revertingTxHashes'], 'revertingTxHashes'),
    mayDrop: hashes(params['droppingTxHashes'], 'droppingTxHashes'),
    refundTxHashes: hashes(params['refundTxHashes'], 'refundTxHashes'),
    replacementUuid: readUuid(params['replacementUuid'] ?? params['uuid'], personality),
    sequence: whole(params['replacementNonce'] ?? params['replacementSeqNumber'], 'replacementNonce'),
  }
}

export function rawTransactions(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalidParams('field-type', 'txs: a list of raw transactions is expected')
  if (value.length > MAX_TRANSACTIONS)
    throw refusedBundle('too-many-transactions', `${value.length} transactions, at most ${MAX_TRANSACTIONS}`)
  return value.map((raw: unknown) => {
    if (typeof raw !== 'string') throw invalidParams('field-type', 'txs: a raw transaction is a hex string')
    return raw
  })
}

function targetBlock(value: unknown, optional: boolean): number | undefined {
  if (value === undefined || value === null || value === '0x') {
    if (optional) return undefined
    throw invalidParams('block-missing', 'blockNumber is missing')
  }
  return hexNumber(value, 'blockNumber')
}

/** A hex quantity without leading zeros. */
export function hexNumber(value: unknown, field: string): number {
  if (typeof value !== 'string' || !/^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,12})$/.test(value))
    throw invalidParams('field-type', `${field}: a hex quantity without leading zeros is expected`)
  return Number(value)
}

/** A whole JSON number (unix seconds, sequence numbers); zero where there is none. */
export function whole(value: unknown, field: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalidParams('field-type', `${field}: a whole JSON number is expected`)
  return value
}

function hashes(value: unknown, field: string): string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalidParams('field-type', `${field}: a list of hashes is expected`)
  return value.map((hash: unknown) => {
    if (typeof hash !== 'string' || !HASH.test(hash))
      throw invalidParams('field-type', `${field}: not a transaction hash`)
    return hash.toLowerCase()
  })
}

/** The replacement key, or null where there is none. */
export function readUuid(value: unknown, { uuid }: Personality): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' || value === '') throw invalidParams('uuid-format', 'replacementUuid: text is expected')
  if (uuid === 'v4' && !UUID_V4.test(value)) throw invalidParams('uuid-format', 'replacementUuid: not a version 4 UUID')
  return value
}

function checkRefund({ refundPercent, refundRecipient }: Record<string, unknown>): void {
  if (refundPercent === undefined && refundRecipient === undefined) return
  if (typeof refundPercent !== 'number' || !Number.isInteger(refundPercent) || refundPercent < 1 || refundPercent > 99)
    throw invalidParams('refund', 'refundPercent: a whole number from 1 to 99 is expected')
  if (typeof refundRecipient !== 'string' || !isAddress(refundRecipient))
    throw invalidParams('refund', 'refundRecipient: an address is expected beside refundPercent')
}

/** The one object that most methods take. */
export function soleObject(params: readonly unknown[]): Record<string, unknown> {
  const [only] = params
  if (params.length !== 1 || !isRecord(only)) throw invalidParams('params', 'params must be exactly one object')
  return only
}
