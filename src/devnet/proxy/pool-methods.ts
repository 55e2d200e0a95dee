import { randomBytes } from 'node:crypto'
import { toAddress } from '../../domain/chain.js'
import { pendingObject, type SignedTransaction } from './decoded.js'
import { isRecord, numberOf, quantity, RpcFault, type RpcAnswer, type RpcRequest } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'
import type { Upstream } from './upstream.js'

/** Answers a method from the public pool; `undefined` when the method is none of these. */
export type PoolMethods = (request: RpcRequest) => Promise<RpcAnswer> | undefined

type ByNonce = Record<string, Record<string, unknown>>

/** `txpool_*`, look-ups by hash and pending filters: as if anvil's pool held exactly the public transactions. */
export function poolMethods(upstream: Upstream, pool: PublicPool): PoolMethods {
  const filters = new Map<string, { hashes: string[]; stop: () => void }>()
  const split = async (): Promise<{ pending: SignedTransaction[]; queued: SignedTransaction[] }> => {
    const waiting = pool.list()
    const senders = [...new Set(waiting.map(({ from }) => from))]
    const next = new Map<string, number>()
    for (const from of senders) next.set(from, pool.pendingNonce(from, await upstream.nonce(from)))
    const ready = (t: SignedTransaction): boolean => t.nonce < (next.get(t.from) ?? 0)
    return { pending: waiting.filter(ready), queued: waiting.filter((t) => !ready(t)) }
  }
  const table = async (show: (t: SignedTransaction) => unknown): Promise<{ pending: ByNonce; queued: ByNonce }> => {
    const { pending, queued } = await split()
    return { pending: bySender(pending, show), queued: bySender(queued, show) }
  }
  const minedOrPublic = async (request: RpcRequest): Promise<RpcAnswer> => {
    const answer = await upstream.send(request.method, request.params)
    if ('error' in answer || mined(answer.result)) return answer
    const [first, second] = request.params
    const waiting =
      request.method === 'eth_getTransactionByHash'
        ? pool.get(String(first))
        : pool.list().find((t) => t.from === String(first).toLowerCase() && quantity(t.nonce) === second)
    return { result: waiting ? pendingObject(waiting) : null }
  }

  const handlers: Record<string, (request: RpcRequest) => Promise<RpcAnswer>> = {
    txpool_content: async () => ({ result: await table(pendingObject) }),
    txpool_contentFrom: async ({ params }) => {
      const from = String(params[0]).toLowerCase()
      const { pending, queued } = await table(pendingObject)
      return { result: { pending: pending[from] ?? {}, queued: queued[from] ?? {} } }
    },
    txpool_inspect: async () => ({ result: await table(summary) }),
    txpool_status: async () => {
      const { pending, queued } = await split()
      return { result: { pending: quantity(pending.length), queued: quantity(queued.length) } }
    },
    eth_getTransactionByHash: minedOrPublic,
    eth_getTransactionBySenderAndNonce: minedOrPublic,
    eth_getRawTransactionByHash: async ({ method, params }) => {
      const known = await upstream.send('eth_getTransactionByHash', params)
      if ('result' in known && mined(known.result)) return upstream.send(method, params)
      return { result: pool.get(String(params[0]))?.raw ?? null }
    },
    eth_newPendingTransactionFilter: () => {
      const id = `0x${randomBytes(16).toString('hex')}`
      const hashes: string[] = []
      filters.set(id, { hashes, stop: pool.onAdded(({ hash }) => hashes.push(hash)) })
      return Promise.resolve({ result: id })
    },
    eth_getFilterChanges: ({ method, params }) => {
      const filter = filters.get(String(params[0]))
      return filter ? Promise.resolve({ result: filter.hashes.splice(0) }) : upstream.send(method, params)
    },
    eth_uninstallFilter: ({ method, params }) => {
      const filter = filters.get(String(params[0]))
      if (!filter) return upstream.send(method, params)
      filter.stop()
      return Promise.resolve({ result: filters.delete(String(params[0])) })
    },
    eth_pendingTransactions: () => Promise.resolve({ result: pool.list().map(pendingObject) }),
    eth_getTransactionCount: async ({ method, params }) => {
      if (params[1] !== 'pending') return upstream.send(method, params)
      const latest = await upstream.send(method, [params[0], 'latest'])
      if ('error' in latest) return latest
      return { result: quantity(pool.pendingNonce(toAddress(String(params[0])), numberOf(latest.result))) }
    },
    eth_getBlockByNumber: async ({ method, params }) => {
      const answer = await upstream.send(method, params)
      if (params[0] !== 'pending' || 'error' in answer || !isRecord(answer.result)) return answer
      const { pending } = await split()
      const transactions = params[1] === true ? pending.map(pendingObject) : pending.map(({ hash }) => hash)
      return { result: { ...answer.result, transactions } }
    },
    eth_getBlockTransactionCountByNumber: async ({ method, params }) => {
      if (params[0] !== 'pending') return upstream.send(method, params)
      return { result: quantity((await split()).pending.length) }
    },
  }
  return (request) => (Object.hasOwn(handlers, request.method) ? handlers[request.method]?.(request) : undefined)
}

const mined = (transaction: unknown): boolean => isRecord(transaction) && typeof transaction['blockHash'] === 'string'

const summary = ({ to, value, gasLimit, maxFeePerGas }: SignedTransaction): string =>
  `${to ?? 'contract creation'}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`

function bySender(transactions: readonly SignedTransaction[], show: (t: SignedTransaction) => unknown): ByNonce {
  const table: ByNonce = {}
  for (const transaction of transactions) {
    const row = (table[transaction.from] ??= {})
    row[String(transaction.nonce)] = show(transaction)
  }
  return table
}

/** Run on, or read from, the state of a block. While anvil mines, the newest block's number already means its successor. */
const READS_STATE =
  /^(eth_(call|estimateGas|createAccessList|simulateV1|get(Balance|Code|StorageAt|TransactionCount|Proof))|debug_traceCall)$/

/** Whether a request can see what waits, or a half-made block: it must not be answered while a block is being made. */
export function needsRest({ method, params }: RpcRequest): boolean {
  // sending waits for the block it is in, and would wait for itself
  if (method.startsWith('eth_send')) return false
  return (
    READS_STATE.test(method) ||
    params.some((param) => param === 'pending' || (isRecord(param) && Object.values(param).includes('pending'))) ||
    /^txpool_|^eth_(getTransactionBy|getRawTransactionBy|pendingTransactions)/.test(method)
  )
}

/** Thrown for what only the owner of the chain may do. */
export const refusedMethod = (method: string): RpcFault =>
  new RpcFault(-32601, `the method ${method} is not available through this endpoint`)
