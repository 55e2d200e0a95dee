import { once } from '../proxy/admission.js'
import type { SignedTransaction } from '../proxy/decoded.js'
import { bigintOf } from '../proxy/json-rpc.js'
import { callBundle } from './call-bundle.js'
import { onlyFields, readBundleFields, readUuid, soleObject, type BundleFields } from './fields.js'
import { cancelShareBundle, sendShareBundle, simulateShareBundle } from './mev-share/methods.js'
import { cancelPrivate, sendPrivate } from './private-transactions.js'
import { invalidParams, refusedBundle, Rejection } from './rejection.js'
import { hashOf, identity, type Caller, type RelayParts } from './relay-parts.js'
import { bundleStats, userStats } from './stats.js'
import { checkAgainstChain, decodeBundle } from './transaction-checks.js'

export type RelayMethods = (caller: Caller, params: readonly unknown[]) => Promise<unknown>

/** The methods of one relay. The result, or a thrown `Rejection`. */
export function relayMethods(parts: RelayParts): RelayMethods {
  const chainId = once(async () => bigintOf(await parts.upstream.call('eth_chainId')))
  return async (caller, params) => {
    switch (caller.method) {
      case 'eth_sendBundle':
        return sendBundle(parts, caller, soleObject(params), await chainId())
      case 'eth_cancelBundle':
        return cancelBundle(parts, caller, soleObject(params))
      case 'eth_callBundle':
        return callBundle(parts, soleObject(params), await chainId())
      case 'eth_sendPrivateTransaction':
        return sendPrivate(parts, caller, soleObject(params), await chainId())
      case 'eth_sendPrivateRawTransaction':
        return sendPrivate(parts, caller, { tx: params[0] }, await chainId())
      case 'eth_cancelPrivateTransaction':
        return cancelPrivate(parts, caller, soleObject(params))
      case 'flashbots_getUserStatsV2':
        soleObject(params)
        return userStats(parts.store, caller.signer)
      case 'flashbots_getBundleStatsV2':
        return bundleStats(parts.store, parts.relay, soleObject(params))
    }
    if (parts.personality.mevShare)
      switch (caller.method) {
        case 'mev_sendBundle':
          return sendShareBundle(parts, caller, soleObject(params), await chainId())
        case 'mev_simBundle':
          return simulateShareBundle(parts, params, await chainId())
        case 'mev_cancelBundle':
        case 'mev_cancelBundleByHash':
          return cancelShareBundle(parts, caller, params)
      }
    throw new Rejection('unknown-method', -32601, `the method ${caller.method} does not exist/is not available`)
  }
}

async function sendBundle(
  parts: RelayParts,
  caller: Caller,
  params: Record<string, unknown>,
  chainId: bigint,
): Promise<unknown> {
  const { personality, upstream, pool, store } = parts
  const fields = readBundleFields(params, personality)
  if (fields.txs.length === 0) {
    if (fields.replacementUuid === null)
      throw refusedBundle('no-transactions', 'a bundle without transactions cancels, and needs a replacementUuid')
    return personality.cancelResult(await cancel(parts, caller, fields.replacementUuid))
  }
  const transactions = decodeBundle(fields.txs, chainId)
  checkHashes(fields, transactions)
  const head = await upstream.head()
  const target = fields.blockNumber ?? head.number + 1
  if (target <= head.number)
    throw refusedBundle('block-past', `block ${target} in the past, the head is ${head.number}`)
  if (target > head.number + parts.maxBlocksAhead)
    throw refusedBundle('block-too-far', `block ${target} is more than ${parts.maxBlocksAhead} ahead of ${head.number}`)
  await checkAgainstChain(upstream, pool, transactions, head, target)
  const receivedAtMs = Date.now()
  const known = store.add(
    {
      ...identity(parts, caller, transactions),
      firstBlock: target,
      lastBlock: target,
      minTimestamp: fields.minTimestamp,
      maxTimestamp: fields.maxTimestamp,
      mayRevert: new Set(fields.mayRevert),
      mayDrop: new Set(fields.mayDrop),
      replacementUuid: fields.replacementUuid,
      sequence: fields.sequence,
      receivedAtMs,
    },
    head.number,
  )
  if (known) parts.count('duplicate:eth_sendBundle')
  return personality.sendResult(hashOf(transactions), receivedAtMs)
}

function checkHashes(fields: BundleFields, transactions: readonly SignedTransaction[]): void {
  const own = new Set(transactions.map(({ hash }) => hash))
  for (const hash of [...fields.mayRevert, ...fields.mayDrop, ...fields.refundTxHashes])
    if (!own.has(hash)) throw invalidParams('hashes-not-in-bundle', `${hash} is no transaction of the bundle`)
}

async function cancelBundle(parts: RelayParts, caller: Caller, params: Record<string, unknown>): Promise<unknown> {
  onlyFields(params, new Set(['replacementUuid']))
  const uuid = readUuid(params['replacementUuid'], parts.personality)
  if (uuid === null) throw invalidParams('uuid-missing', 'replacementUuid is missing')
  return parts.personality.cancelResult(await cancel(parts, caller, uuid))
}

async function cancel({ store, relay, upstream }: RelayParts, caller: Caller, uuid: string): Promise<string[]> {
  const { number } = await upstream.head()
  return caller.cancelLate ? [] : store.cancel(relay, uuid, caller.signer, number)
}
