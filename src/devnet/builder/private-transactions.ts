import { isRecord } from '../proxy/json-rpc.js'
import { hexNumber, onlyFields } from './fields.js'
import type { HintKind } from './mev-share/hidden-pool.js'
import { invalidParams, refusedBundle } from './rejection.js'
import { identity, type Caller, type RelayParts } from './relay-parts.js'
import { checkAgainstChain, decodeBundle } from './transaction-checks.js'

/** Private transactions are tried for this many blocks (Flashbots documentation). */
const PRIVATE_TRANSACTION_BLOCKS = 25

/**
 * `eth_sendPrivateTransaction`: a bundle of one that may land in any of the following blocks. With
 * `preferences.privacy.hints` it goes to MEV-Share instead, where others may bid to follow it. Its hash.
 */
export async function sendPrivate(
  parts: RelayParts,
  caller: Caller,
  params: Record<string, unknown>,
  chainId: bigint,
): Promise<string> {
  onlyFields(params, new Set(['tx', 'maxBlockNumber', 'preferences']))
  const { upstream, pool, store } = parts
  const { tx, maxBlockNumber } = params
  const transactions = decodeBundle([typeof tx === 'string' ? tx : ''], chainId)
  const head = await upstream.head()
  // the documentation asks for hex, the client library sends a number
  const last = typeof maxBlockNumber === 'number' ? maxBlockNumber : readLast(maxBlockNumber, head.number)
  if (last <= head.number) throw refusedBundle('block-past', `block ${last} in the past, the head is ${head.number}`)
  await checkAgainstChain(upstream, pool, transactions, head, head.number + 1)
  const hints = hintsOf(params['preferences'])
  if (parts.personality.mevShare && hints.length > 0) {
    parts.hidden.add(transactions, head.number, { hints })
    return transactions[0]?.hash ?? ''
  }
  store.add(
    {
      ...identity(parts, caller, transactions),
      firstBlock: head.number + 1,
      lastBlock: Math.min(last, head.number + PRIVATE_TRANSACTION_BLOCKS),
      minTimestamp: 0,
      maxTimestamp: 0,
      mayRevert: new Set(),
      mayDrop: new Set(),
      replacementUuid: null,
      sequence: 0,
      receivedAtMs: Date.now(),
    },
    head.number,
  )
  return transactions[0]?.hash ?? ''
}

const HINTS: readonly string[] = ['contract_address', 'function_selector', 'calldata'] satisfies HintKind[]
const isHint = (name: unknown): name is HintKind => HINTS.includes(String(name))

/** Names of hints that are not known here (`hash` is always given) count nothing. */
function hintsOf(preferences: unknown): HintKind[] {
  const privacy = isRecord(preferences) ? preferences['privacy'] : undefined
  const hints = isRecord(privacy) ? privacy['hints'] : undefined
  if (hints === undefined || hints === null) return []
  if (!Array.isArray(hints)) throw invalidParams('field-type', 'preferences.privacy.hints: a list is expected')
  return hints.filter(isHint)
}

const readLast = (value: unknown, head: number): number =>
  value === undefined || value === null ? head + PRIVATE_TRANSACTION_BLOCKS : hexNumber(value, 'maxBlockNumber')

/** Whether a waiting private transaction of the same signer was found and will not be included. */
export async function cancelPrivate(
  parts: RelayParts,
  caller: Caller,
  params: Record<string, unknown>,
): Promise<boolean> {
  onlyFields(params, new Set(['txHash']))
  const { number } = await parts.upstream.head()
  return parts.store.cancelTransaction(parts.relay, String(params['txHash']).toLowerCase(), caller.signer, number)
}
