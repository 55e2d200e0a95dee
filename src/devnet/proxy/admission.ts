import { decodeSigned, type SignedTransaction } from './decoded.js'
import { bigintOf, RpcFault } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'
import type { Upstream } from './upstream.js'

/** Where public transactions enter: what a node checks before it takes one into its mempool. */
export interface Admission {
  /** Checks, records and queues; the transaction's hash. Throws `RpcFault` with a node's usual message. */
  send(raw: unknown, method: string): Promise<string>
}

export function admissionTo(upstream: Upstream, pool: PublicPool, now: () => number = Date.now): Admission {
  const chainId = once(async () => bigintOf(await upstream.call('eth_chainId')))
  return {
    async send(raw, method) {
      let transaction: SignedTransaction | undefined
      let accepted = false
      try {
        transaction = decodeSigned(raw)
        await check(upstream, transaction, await chainId())
        pool.add(transaction)
        accepted = true
        return transaction.hash
      } finally {
        pool.record({
          time: now(),
          method,
          from: transaction?.from ?? null,
          nonce: transaction?.nonce ?? null,
          hash: transaction?.hash ?? null,
          to: transaction?.to ?? null,
          accepted,
        })
      }
    },
  }
}

async function check(upstream: Upstream, transaction: SignedTransaction, chainId: bigint): Promise<void> {
  const refuse = (message: string): never => {
    throw new RpcFault(-32000, message)
  }
  const { from, gasLimit, maxFeePerGas, value } = transaction
  if (transaction.type > 2) refuse('transaction type not supported')
  // legacy transactions may leave the chain out
  if (transaction.chainId !== chainId && transaction.chainId !== 0n) refuse('invalid chain id for signer')
  if (gasLimit < 21_000n) refuse('intrinsic gas too low')
  const [head, nonce, balance] = await Promise.all([upstream.head(), upstream.nonce(from), upstream.balance(from)])
  if (gasLimit > head.gasLimit) refuse('exceeds block gas limit')
  if (transaction.nonce < nonce) refuse(`nonce too low: next nonce ${nonce}, tx nonce ${transaction.nonce}`)
  if (balance < gasLimit * maxFeePerGas + value) refuse('insufficient funds for gas * price + value')
}

/** Runs `read` until it has succeeded once. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}
