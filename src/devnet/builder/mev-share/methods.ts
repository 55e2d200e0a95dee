import { concat, keccak256 } from 'ethers'
import type { SignedTransaction } from '../../proxy/decoded.js'
import { isRecord, quantity, RpcFault } from '../../proxy/json-rpc.js'
import { nextBaseFee } from '../../../domain/base-fee.js'
import { onlyFields, readUuid, soleObject } from '../fields.js'
import { invalidParams, refusedBundle } from '../rejection.js'
import { identity, type Caller, type RelayParts } from '../relay-parts.js'
import { randomCoinbase, simulate } from '../simulator.js'
import { checkAgainstChain, decodeBundle } from '../transaction-checks.js'
import { readShareBundle, type ShareBundleFields } from './fields.js'
import type { HiddenPool } from './hidden-pool.js'

/** How many blocks ahead the first block of a backrun may lie. */
const MOST_OFFSET = 5

/** `mev_sendBundle`: one transaction to follow a hidden one. The hash of the bundle. */
export async function sendShareBundle(
  parts: RelayParts,
  caller: Caller,
  params: Record<string, unknown>,
  chainId: bigint,
): Promise<{ bundleHash: string }> {
  const { upstream, pool, store, hidden: hiddenPool } = parts
  const fields = readShareBundle(params, parts.personality)
  const head = await upstream.head()
  checkInclusion(fields, head.number)
  const hidden = hiddenPool.get(fields.hash)
  if (!hidden) throw unknownHash(hiddenPool, fields.hash)
  const [backrun] = decodeBundle([fields.tx], chainId)
  if (!backrun) throw refusedBundle('one-backrun', 'invalid bundle: no backrun')
  await checkAgainstChain(upstream, pool, [backrun], head, Math.max(fields.firstBlock, head.number + 1))
  const bundleHash = keccak256(concat([hidden.hash, backrun.hash]))
  if (isKnown(parts, caller, bundleHash, fields.firstBlock)) {
    parts.count('duplicate:mev_sendBundle')
    return { bundleHash }
  }
  const submission = {
    ...identity(parts, caller, [...hidden.transactions, backrun]),
    ...{ bundleHash, behind: hidden, firstBlock: fields.firstBlock, lastBlock: fields.lastBlock },
    ...{ minTimestamp: 0, maxTimestamp: 0, mayRevert: new Set<string>(), mayDrop: new Set<string>() },
    ...{ replacementUuid: fields.replacementUuid, sequence: 0, receivedAtMs: Date.now() },
  }
  store.add(submission, head.number)
  return { bundleHash }
}

function checkInclusion({ firstBlock, lastBlock }: ShareBundleFields, head: number): void {
  if (lastBlock <= head)
    throw refusedBundle('inclusion', `invalid inclusion: block ${lastBlock} is past, the head is ${head}`)
  if (firstBlock > head + MOST_OFFSET)
    throw refusedBundle('inclusion', `invalid inclusion: block ${firstBlock} is more than ${MOST_OFFSET} ahead`)
}

function unknownHash(pool: HiddenPool, hash: string): Error {
  if (pool.hasTransaction(hash))
    return refusedBundle(
      'hash-not-double',
      'backrun not found: the hash of a hint is that of the transaction hashed again',
    )
  return refusedBundle('hash-unknown', 'backrun not found')
}

/** The same bundle again counts for nothing unless it is for later blocks. */
const isKnown = ({ store, relay }: RelayParts, { signer }: Caller, bundleHash: string, firstBlock: number): boolean =>
  store
    .find(relay, bundleHash)
    .some((one) => one.signer === signer && one.outcome.kind === 'pending' && one.firstBlock >= firstBlock)

/** `mev_cancelBundle` by uuid, `mev_cancelBundleByHash` by bundle hash: what will not be considered from now on. */
export async function cancelShareBundle(
  { store, relay, upstream, personality }: RelayParts,
  caller: Caller,
  params: readonly unknown[],
): Promise<string[]> {
  const { number } = await upstream.head()
  if (caller.method === 'mev_cancelBundleByHash') {
    const [hash] = params
    if (typeof hash !== 'string') throw invalidParams('field-type', 'a bundle hash is expected')
    return caller.cancelLate ? [] : store.cancelHash(relay, hash.toLowerCase(), caller.signer, number)
  }
  const only = soleObject(params)
  onlyFields(only, new Set(['replacementUuid']))
  const uuid = readUuid(only['replacementUuid'], personality)
  if (uuid === null) throw invalidParams('uuid-missing', 'replacementUuid is missing')
  return caller.cancelLate ? [] : store.cancel(relay, uuid, caller.signer, number)
}

/**
 * `mev_simBundle` of signed transactions on top of the newest block. A bundle behind something that is still hidden cannot
 * be simulated by those who do not know it, here as there.
 */
export async function simulateShareBundle(
  { upstream, hidden }: RelayParts,
  params: readonly unknown[],
  chainId: bigint,
): Promise<Record<string, unknown>> {
  const [bundle] = params
  if (!isRecord(bundle) || !Array.isArray(bundle['body'])) throw invalidParams('params', 'a bundle is expected')
  const transactions = decodeBundle(
    (bundle['body'] as unknown[]).map((part) => rawOf(part, hidden)),
    chainId,
  )
  const head = await upstream.head()
  const baseFee = nextBaseFee(head)
  const environment = { number: head.number + 1, timestamp: head.timestamp + 1, baseFee, gasLimit: head.gasLimit }
  const coinbase = { address: randomCoinbase(), isNew: true }
  try {
    const run = await simulate(upstream, { ...environment, parent: 'latest' }, [], transactions, coinbase)
    return simulated(transactions, run, head.number)
  } catch (error) {
    if (error instanceof RpcFault) throw refusedBundle('insufficient-balance', `err: ${error.message}`)
    throw error
  }
}

function rawOf(part: unknown, hidden: HiddenPool): string {
  if (isRecord(part) && typeof part['tx'] === 'string') return part['tx']
  if (isRecord(part) && typeof part['hash'] === 'string' && hidden.get(part['hash']))
    throw refusedBundle('still-hidden', 'backrun not found: what is still hidden cannot be simulated')
  throw refusedBundle('hash-unknown', 'backrun not found')
}

function simulated(
  transactions: readonly SignedTransaction[],
  run: Awaited<ReturnType<typeof simulate>>,
  stateBlock: number,
): Record<string, unknown> {
  const gasUsed = run.reduce((sum, one) => sum + one.gasUsed, 0n)
  const profit = run.reduce((sum, one) => sum + one.paid, 0n)
  const failed = transactions.find((_, i) => run[i]?.ok !== true)
  return {
    success: failed === undefined,
    ...(failed === undefined ? {} : { error: `tx failed: ${failed.hash}` }),
    stateBlock: quantity(stateBlock),
    mevGasPrice: quantity(gasUsed === 0n ? 0n : profit / gasUsed),
    profit: quantity(profit),
    refundableValue: quantity(profit),
    gasUsed: quantity(gasUsed),
    logs: [],
  }
}
