import { decodeSigned, type SignedTransaction } from '../proxy/decoded.js'
import type { Nonces } from '../proxy/executable.js'
import { readNonces } from '../proxy/executable.js'
import { messageOf } from '../../domain/errors.js'
import type { PublicPool } from '../proxy/public-pool.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { ChainHead, Upstream } from '../proxy/upstream.js'
import { refusedBundle } from './rejection.js'

/** EIP-7825. */
const MAX_TRANSACTION_GAS = 16_777_216n

/** Decodes and checks what needs no chain state. Throws a named `Rejection`. */
export function decodeBundle(txs: readonly string[], chainId: bigint): SignedTransaction[] {
  const transactions = txs.map((raw) => {
    try {
      return decodeSigned(raw)
    } catch (error) {
      const why = messageOf(error)
      // the decoder itself finds this one
      throw refusedBundle(/priorityFee cannot be more/.test(why) ? 'tip-above-max-fee' : 'undecodable', why)
    }
  })
  if (new Set(transactions.map(({ hash }) => hash)).size !== transactions.length)
    throw refusedBundle('duplicate-transaction', 'a transaction occurs twice')
  for (const transaction of transactions) checkAlone(transaction, chainId)
  return transactions
}

function checkAlone(transaction: SignedTransaction, chainId: bigint): void {
  const { hash, type, to, gasLimit, maxFeePerGas } = transaction
  if (type === 3) throw refusedBundle('transaction-type', `${hash}: a blob transaction needs its sidecar`)
  if (type > 3) throw refusedBundle('transaction-type', `${hash}: transaction type ${type} is not supported`)
  if (to === null) throw refusedBundle('contract-creation', `${hash}: contract creations cannot be simulated here`)
  if (transaction.chainId !== chainId)
    throw refusedBundle('chain-id', `${hash}: signed for chain ${transaction.chainId}, this is ${chainId}`)
  if (maxFeePerGas === 0n) throw refusedBundle('zero-fee', `${hash}: gas price zero`)
  if (gasLimit > MAX_TRANSACTION_GAS)
    throw refusedBundle('gas-too-high', `${hash}: gas limit ${gasLimit} above ${MAX_TRANSACTION_GAS} (EIP-7825)`)
}

/**
 * Nonces, fees and balances against the newest block. A nonce may follow public transactions of its sender that wait.
 * Base fees of blocks further ahead are bounded by seven eighths per block.
 */
export async function checkAgainstChain(
  upstream: Upstream,
  pool: PublicPool,
  transactions: readonly SignedTransaction[],
  head: ChainHead,
  target: number,
): Promise<void> {
  let floor = nextBaseFee(head)
  for (let ahead = head.number + 1; ahead < target; ahead++) floor -= floor / 8n
  const low = transactions.find(({ maxFeePerGas }) => maxFeePerGas < floor)
  if (low)
    throw refusedBundle(
      'max-fee-below-base-fee',
      `${low.hash}: max fee ${low.maxFeePerGas} below the base fee ${floor}`,
    )
  const senders = transactions.map(({ from }) => from)
  checkNonces(transactions, await readNonces(upstream, senders), pool)
  for (const sender of new Set(senders)) {
    const own = transactions.filter(({ from }) => from === sender)
    const need = own.reduce((sum, { gasLimit, maxFeePerGas, value }) => sum + gasLimit * maxFeePerGas + value, 0n)
    const balance = await upstream.balance(sender)
    if (balance < need) throw refusedBundle('insufficient-balance', `${sender} has ${balance} wei and may need ${need}`)
  }
}

/** Throws unless every nonce is its sender's next one. */
export function checkNonces(transactions: readonly SignedTransaction[], nonces: Nonces, pool?: PublicPool): void {
  const next = new Map(nonces)
  for (const { hash, from, nonce } of transactions) {
    const expected = next.get(from) ?? 0
    const latest = pool ? pool.pendingNonce(from, expected) : expected
    if (nonce < expected) throw refusedBundle('nonce-too-low', `${hash}: nonce too low: tx ${nonce}, state ${expected}`)
    if (nonce > latest) throw refusedBundle('nonce-gap', `${hash}: nonce too high: tx ${nonce}, state ${expected}`)
    next.set(from, nonce + 1)
  }
}
