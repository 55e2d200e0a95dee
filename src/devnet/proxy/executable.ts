import type { Address } from '../../domain/chain.js'
import type { SignedTransaction } from './decoded.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Upstream } from './upstream.js'

/** Nonces by sender after the latest block, and after what a block being assembled has taken. */
export type Nonces = Map<Address, number>

export async function readNonces(upstream: Upstream, senders: Iterable<Address>): Promise<Nonces> {
  const unique = [...new Set(senders)]
  const nonces = await Promise.all(unique.map((sender) => upstream.nonce(sender)))
  return new Map(unique.map((sender, i) => [sender, nonces[i] ?? 0]))
}

/**
 * The transactions that a block with this base fee can take, in order: each with its sender's next nonce and a fee cap
 * at or above the base fee. Advances `nonces` by what it takes.
 */
export function takeExecutable(
  waiting: readonly SignedTransaction[],
  nonces: Nonces,
  baseFee: bigint,
): SignedTransaction[] {
  const taken = new Set<SignedTransaction>()
  // a later arrival can be what an earlier one waits for
  for (let before = -1; before !== taken.size;) {
    before = taken.size
    for (const transaction of waiting) {
      if (taken.has(transaction) || transaction.maxFeePerGas < baseFee) continue
      if (nonces.get(transaction.from) !== transaction.nonce) continue
      nonces.set(transaction.from, transaction.nonce + 1)
      taken.add(transaction)
    }
  }
  return [...taken]
}

/** What the next block would take of `waiting`, and its base fee. */
export async function executableNow(
  upstream: Upstream,
  waiting: readonly SignedTransaction[],
): Promise<{ transactions: SignedTransaction[]; baseFee: bigint; number: number; timestamp: number }> {
  const head = await upstream.head()
  const baseFee = nextBaseFee(head)
  const nonces = await readNonces(
    upstream,
    waiting.map(({ from }) => from),
  )
  const transactions = takeExecutable(waiting, nonces, baseFee)
  return { transactions, baseFee, number: head.number + 1, timestamp: head.timestamp + 1 }
}
