import { Transaction } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import { quantity, RpcFault } from './json-rpc.js'

/** A signed transaction as the pool, the auction and the simulator use it. Wei and gas are bigint. */
export interface SignedTransaction {
  readonly hash: string
  readonly raw: string
  readonly type: number
  readonly chainId: bigint
  readonly from: Address
  /** Null for a contract creation. */
  readonly to: Address | null
  readonly nonce: number
  readonly gasLimit: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly value: bigint
  readonly data: string
  /** What anvil's simulation and `eth_getTransactionByHash` take, without block fields. */
  readonly rpc: Readonly<Record<string, unknown>>
}

/** Decodes raw bytes and recovers the sender; throws `RpcFault` -32602 when either fails. */
export function decodeSigned(raw: unknown): SignedTransaction {
  if (typeof raw !== 'string' || !/^0x([0-9a-fA-F]{2})+$/.test(raw)) throw undecodable('not hex bytes')
  const { transaction, from, hash } = parse(raw)
  const fee = transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n
  const tip = transaction.maxPriorityFeePerGas ?? transaction.gasPrice ?? 0n
  const signed = {
    hash,
    raw,
    type: transaction.type ?? 0,
    chainId: transaction.chainId,
    from: toAddress(from),
    to: transaction.to === null ? null : toAddress(transaction.to),
    nonce: transaction.nonce,
    gasLimit: transaction.gasLimit,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: tip,
    value: transaction.value,
    data: transaction.data,
  }
  return { ...signed, rpc: rpcFields(signed, transaction) }
}

/** Sender and hash are computed when they are read, and only then does ethers find some faults. */
function parse(raw: string): { transaction: Transaction; from: string; hash: string } {
  try {
    const transaction = Transaction.from(raw)
    const { from, hash } = transaction
    if (from === null || hash === null) throw new RangeError('not signed')
    return { transaction, from, hash }
  } catch (error) {
    throw undecodable(error instanceof Error ? error.message : String(error))
  }
}

const undecodable = (why: string): RpcFault => new RpcFault(-32602, `Failed to decode transaction: ${why}`)

function rpcFields(signed: Omit<SignedTransaction, 'rpc'>, transaction: Transaction): Record<string, unknown> {
  const signature = transaction.signature
  const fees =
    signed.type >= 2
      ? {
          maxFeePerGas: quantity(signed.maxFeePerGas),
          maxPriorityFeePerGas: quantity(signed.maxPriorityFeePerGas),
        }
      : {}
  return {
    type: quantity(signed.type),
    chainId: quantity(signed.chainId),
    hash: signed.hash,
    from: signed.from,
    to: signed.to,
    nonce: quantity(signed.nonce),
    gas: quantity(signed.gasLimit),
    gasPrice: quantity(signed.maxFeePerGas),
    ...fees,
    value: quantity(signed.value),
    input: signed.data,
    ...(signed.type >= 1
      ? { accessList: (transaction.accessList ?? []).map(({ address, storageKeys }) => ({ address, storageKeys })) }
      : {}),
    ...(signature
      ? {
          r: quantity(BigInt(signature.r)),
          s: quantity(BigInt(signature.s)),
          v: quantity(signed.type === 0 ? (signature.networkV ?? BigInt(signature.v)) : signature.yParity),
          ...(signed.type === 0 ? {} : { yParity: quantity(signature.yParity) }),
        }
      : {}),
  }
}

/** The transaction as `eth_getTransactionByHash` gives one that waits. */
export const pendingObject = (transaction: SignedTransaction): Record<string, unknown> => ({
  ...transaction.rpc,
  blockHash: null,
  blockNumber: null,
  transactionIndex: null,
})

/** The transaction as a call of `eth_simulateV1`; type-2 fees and gas price exclude each other there. */
export function simulationCall(transaction: SignedTransaction): Record<string, unknown> {
  const { from, to, nonce, gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas, value, input, accessList } =
    transaction.rpc
  const fees = transaction.type >= 2 ? { maxFeePerGas, maxPriorityFeePerGas } : { gasPrice }
  return { from, to, nonce, gas, ...fees, value, input, ...(accessList === undefined ? {} : { accessList }) }
}
