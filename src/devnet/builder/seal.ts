import type { SignedTransaction } from '../proxy/decoded.js'
import { bigintOf, isRecord, numberOf, quantity, RpcFault } from '../proxy/json-rpc.js'
import type { Upstream } from '../proxy/upstream.js'
import type { BlockEnvironment } from './simulator.js'

export interface SealedBlock {
  readonly number: number
  readonly hash: string
  readonly timestamp: number
  readonly baseFee: bigint
  readonly coinbase: string
  readonly transactions: readonly string[]
  /** By transaction hash: whether it succeeded. */
  readonly succeeded: ReadonlyMap<string, boolean>
  /** What anvil's pool said to transactions it refused. */
  readonly refused: ReadonlyMap<string, string>
}

/**
 * Feeds anvil's pool in order and mines one block from it; nothing stays in the pool. The caller holds the production
 * gate, so that nobody sees the pool meanwhile.
 */
export async function seal(
  upstream: Upstream,
  environment: BlockEnvironment,
  coinbase: string,
  transactions: readonly SignedTransaction[],
): Promise<SealedBlock> {
  await upstream.call('anvil_setCoinbase', [coinbase])
  await upstream.call('anvil_setNextBlockBaseFeePerGas', [quantity(environment.baseFee)])
  await upstream.call('evm_setNextBlockTimestamp', [environment.timestamp])
  const refused = new Map<string, string>()
  try {
    for (const { raw, hash } of transactions) {
      const answer = await upstream.send('eth_sendRawTransaction', [raw])
      if ('error' in answer) refused.set(hash, answer.error.message)
    }
    await upstream.call('evm_mine')
  } finally {
    await upstream.call('anvil_dropAllTransactions')
  }
  return { ...(await readBlock(upstream)), refused }
}

async function readBlock(upstream: Upstream): Promise<Omit<SealedBlock, 'refused'>> {
  const block = await upstream.call('eth_getBlockByNumber', ['latest', false])
  if (!isRecord(block) || !Array.isArray(block['transactions'])) throw new RpcFault(-32603, 'no latest block')
  const receipts = await upstream.call('eth_getBlockReceipts', [block['number']])
  const succeeded = new Map<string, boolean>()
  for (const receipt of Array.isArray(receipts) ? (receipts as unknown[]) : [])
    if (isRecord(receipt)) succeeded.set(String(receipt['transactionHash']), receipt['status'] === '0x1')
  return {
    number: numberOf(block['number']),
    hash: String(block['hash']),
    timestamp: numberOf(block['timestamp']),
    baseFee: bigintOf(block['baseFeePerGas']),
    coinbase: String(block['miner']),
    transactions: block['transactions'].map(String),
    succeeded,
  }
}
