import type { Hex } from '../../domain/chain.js'
import type { OptionalField } from './profile.js'
import type { Bundle, Hint } from './relay.js'

const quantity = (value: number): Hex => `0x${value.toString(16)}`

/**
 * One JSON-RPC request with the keys in the order of the Flashbots library, so that the same input gives the same bytes.
 * Everything that is signed comes from here: a body must never be written twice.
 */
export const bodyOf = (method: string, params: unknown, id: number): string =>
  JSON.stringify({ method, params: [params], id, jsonrpc: '2.0' })

/** `eth_sendBundle`, with the optional fields that the receiver documents. `sequence` grows with every request. */
export function sendBundleBody(
  bundle: Bundle,
  fields: ReadonlySet<OptionalField>,
  id: number,
  sequence: number,
): string {
  const { transactions, targetBlock, maxTimestamp, replacementUuid } = bundle
  const timed = maxTimestamp !== undefined && fields.has('maxTimestamp')
  const params = {
    txs: transactions,
    blockNumber: quantity(targetBlock),
    ...(timed ? { maxTimestamp } : {}),
    ...(fields.has('replacementUuid') ? { replacementUuid } : {}),
    ...(fields.has('replacementSeqNumber') ? { replacementSeqNumber: sequence } : {}),
  }
  return bodyOf('eth_sendBundle', params, id)
}

/**
 * `mev_sendBundle` of one backrun behind a hint (MEV-Share API v0.1). The hash is the event's own, which is double already.
 * Neither `validity` nor `privacy` may be given with a hash: the node refuses both.
 */
export function mevSendBundleBody({ transactions, targetBlock }: Bundle, hint: Hint, id: number): string {
  const params = {
    version: 'v0.1',
    inclusion: { block: quantity(targetBlock), maxBlock: quantity(hint.lastBlock) },
    body: [{ hash: hint.id }, ...transactions.map((tx) => ({ tx, canRevert: false }))],
  }
  return bodyOf('mev_sendBundle', params, id)
}
