import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import type { Deployer } from '../deployer.js'
import type { BatchRpc, RpcRequest } from '../rpc.js'

/** A call that waits for its block. */
export interface BatchCall {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
}

const GAS = 1_500_000
const PER_BLOCK = 500
/** Requests in one HTTP request. */
const PER_REQUEST = 100
const AT_ONCE = 32

/**
 * Runs many calls in few blocks. Calls of one sender keep their order (explicit nonces). The node must mine automatically
 * and does so again afterwards. `mined` hears how many more are done. Throws `KeeperError('devnet-revert')` when one fails.
 */
export async function runBatch(
  on: Deployer,
  calls: readonly BatchCall[],
  mined: (count: number) => void = () => undefined,
): Promise<void> {
  await on.rpc('evm_setAutomine', [false])
  await on.rpc('anvil_setBlockGasLimit', [`0x${(GAS * (PER_BLOCK + 1)).toString(16)}`])
  try {
    const nonces = new Map<Address, number>()
    for (let i = 0; i < calls.length; i += PER_BLOCK) {
      const block = calls.slice(i, i + PER_BLOCK)
      await runBlock(on, block, nonces)
      mined(block.length)
    }
  } finally {
    await on.rpc('anvil_setBlockGasLimit', ['0x1c9c380'])
    await on.rpc('evm_setAutomine', [true])
  }
}

async function runBlock(on: Deployer, calls: readonly BatchCall[], nonces: Map<Address, number>): Promise<void> {
  const unknown = [...new Set(calls.map(({ from }) => from))].filter((from) => !nonces.has(from))
  const known = await inBatches(
    on.rpc,
    unknown.map((from) => ['eth_getTransactionCount', [from, 'latest']]),
  )
  unknown.forEach((from, i) => nonces.set(from, Number(known[i])))
  const ready = calls.map((call) => {
    const nonce = nonces.get(call.from) ?? 0
    nonces.set(call.from, nonce + 1)
    return { ...call, nonce: hex(nonce), gas: hex(GAS), maxFeePerGas: hex(2e11), maxPriorityFeePerGas: '0x1' }
  })
  const hashes = await inBatches(
    on.rpc,
    ready.map((transaction) => ['eth_sendTransaction', [transaction]]),
  )
  await on.rpc('evm_mine', [])
  const receipts = (await on.rpc('eth_getBlockReceipts', ['latest'])) as { status: string; transactionHash: string }[]
  const done = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt.status]))
  const failed = hashes.findIndex((hash) => done.get(hash as string) !== '0x1')
  const call = calls[failed]
  if (!call) return
  const status = done.get(hashes[failed] as string) ?? 'not mined'
  const reason = await on.rpc('eth_call', [call, 'latest']).catch((error: unknown) => error)
  const detail = reason instanceof Error ? reason.message : 'it would succeed now'
  throw new KeeperError('devnet-revert', `set-up transaction ${failed} of ${calls.length}: ${status}: ${detail}`, {
    ...call,
  })
}

/** Many requests in few; answers in the order of the requests. */
export async function inBatches(rpc: BatchRpc, requests: readonly RpcRequest[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (let i = 0; i < requests.length; i += PER_REQUEST)
    answers.push(...(await rpc.batch(requests.slice(i, i + PER_REQUEST))))
  return answers
}

/** A few requests at a time, results in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += AT_ONCE)
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))))
  return results
}

const hex = (value: number): string => `0x${value.toString(16)}`
