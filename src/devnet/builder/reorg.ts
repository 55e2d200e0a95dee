import { decodeSigned, type SignedTransaction } from '../proxy/decoded.js'
import { readNonces } from '../proxy/executable.js'
import { isRecord, numberOf, quantity, RpcFault } from '../proxy/json-rpc.js'
import type { PublicPool } from '../proxy/public-pool.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Upstream } from '../proxy/upstream.js'
import { Draft } from './draft.js'
import { seal, type SealedBlock } from './seal.js'
import { simulate } from './simulator.js'

export interface ReorgOptions {
  /** Orphaned transactions that the new chain includes, in the block of the same height: all, none, or these hashes. */
  readonly keepTransactions?: boolean | readonly string[]
  /** Raw transactions of others, first in the first new block: a competitor, or a bandit with one of ours. */
  readonly insert?: readonly string[]
  /** Blocks of the new chain; default as many as were orphaned. */
  readonly length?: number
}

export interface Reorg {
  readonly orphaned: readonly { number: number; hash: string; transactions: readonly string[] }[]
  readonly blocks: readonly SealedBlock[]
}

interface Orphan {
  readonly number: number
  readonly hash: string
  readonly timestamp: number
  readonly transactions: readonly SignedTransaction[]
}

/** The other proposer's address; it also makes an empty block differ from the one it replaces. */
const OTHER_COINBASE = '0x00000000000000000000000000000000000bad1e'

/**
 * Takes back `depth` blocks and mines others in their place, with the same times, through which subscribers see new heads.
 * Orphaned transactions that are not kept are gone, as with anvil's own reorg; one that fails in the new chain is left out
 * if it cannot be executed at all.
 */
export async function reorganise(
  upstream: Upstream,
  pool: PublicPool,
  depth: number,
  options: ReorgOptions,
): Promise<Reorg> {
  const head = await upstream.head()
  if (!Number.isInteger(depth) || depth < 1 || depth > head.number)
    throw new RpcFault(-32602, `a reorg of ${depth} blocks: from 1 to ${head.number} are possible`)
  const orphans: Orphan[] = []
  for (let number = head.number - depth + 1; number <= head.number; number++)
    orphans.push(await readOrphan(upstream, number))
  const blocks = await pool.production.write(async () => {
    await upstream.call('anvil_rollback', [depth])
    const made: SealedBlock[] = []
    for (let i = 0; i < (options.length ?? depth); i++) {
      const inserted = i === 0 ? (options.insert ?? []).map(decodeSigned) : []
      const kept = orphans[i]?.transactions.filter(({ hash }) => keeps(options.keepTransactions, hash)) ?? []
      made.push(await sealNext(upstream, orphans[i]?.timestamp, [...inserted, ...kept]))
    }
    return made
  })
  const orphaned = orphans.map(({ number, hash, transactions }) => ({
    number,
    hash,
    transactions: transactions.map((transaction) => transaction.hash),
  }))
  return { orphaned, blocks }
}

const keeps = (rule: boolean | readonly string[] | undefined, hash: string): boolean =>
  typeof rule === 'object' ? rule.includes(hash) : rule === true

async function readOrphan(upstream: Upstream, number: number): Promise<Orphan> {
  const block = await upstream.call('eth_getBlockByNumber', [quantity(number), false])
  if (!isRecord(block) || !Array.isArray(block['transactions'])) throw new RpcFault(-32603, `no block ${number}`)
  const transactions: SignedTransaction[] = []
  for (const hash of block['transactions'])
    transactions.push(decodeSigned(await upstream.call('eth_getRawTransactionByHash', [hash])))
  return { number, hash: String(block['hash']), timestamp: numberOf(block['timestamp']), transactions }
}

async function sealNext(
  upstream: Upstream,
  timestamp: number | undefined,
  transactions: readonly SignedTransaction[],
): Promise<SealedBlock> {
  const head = await upstream.head()
  const environment = {
    number: head.number + 1,
    timestamp: Math.max(head.timestamp + 1, timestamp ?? 0),
    baseFee: nextBaseFee(head),
    gasLimit: head.gasLimit,
    parent: 'latest',
  }
  const nonces = await readNonces(
    upstream,
    transactions.map(({ from }) => from),
  )
  const draft = new Draft(environment, nonces, (prefix, wanted) =>
    simulate(upstream, environment, prefix, wanted, { address: OTHER_COINBASE, isNew: false }),
  )
  await draft.appendPublic(transactions.filter(({ to }) => to !== null))
  draft.appendUnsimulated(transactions.filter(({ to }) => to === null))
  return seal(upstream, environment, OTHER_COINBASE, draft.transactions)
}
