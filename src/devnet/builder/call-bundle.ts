import { AbiCoder } from 'ethers'
import type { SignedTransaction } from '../proxy/decoded.js'
import { readNonces } from '../proxy/executable.js'
import { quantity, RpcFault } from '../proxy/json-rpc.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { ChainHead } from '../proxy/upstream.js'
import { hexNumber, onlyFields, rawTransactions, whole } from './fields.js'
import { invalidParams, refusedBundle } from './rejection.js'
import { hashOf, type RelayParts } from './relay-parts.js'
import { randomCoinbase, simulate, type BlockEnvironment, type Execution } from './simulator.js'
import { checkNonces, decodeBundle } from './transaction-checks.js'

const FIELDS = new Set(['txs', 'blockNumber', 'stateBlockNumber', 'timestamp', 'coinbase', 'baseFee', 'gasLimit'])

/** `eth_callBundle`: what each transaction would do and pay on top of `stateBlockNumber`; a revert is no error. */
export async function callBundle(
  { upstream }: RelayParts,
  params: Record<string, unknown>,
  chainId: bigint,
): Promise<Record<string, unknown>> {
  onlyFields(params, FIELDS)
  const transactions = decodeBundle(rawTransactions(params['txs']), chainId)
  if (transactions.length === 0) throw refusedBundle('no-transactions', 'bundle missing txs')
  const { stateBlockNumber } = params
  const tag = stateBlockNumber === 'latest' ? 'latest' : quantity(hexNumber(stateBlockNumber, 'stateBlockNumber'))
  const parent = await upstream.head(tag)
  const environment = environmentOf(params, parent)
  if (tag === 'latest') {
    const senders = transactions.map(({ from }) => from)
    checkNonces(transactions, await readNonces(upstream, senders))
  }
  const executions = await run(() =>
    simulate(upstream, environment, [], transactions, {
      address: coinbaseOf(params['coinbase']) ?? randomCoinbase(),
      isNew: coinbaseOf(params['coinbase']) === null,
    }),
  )
  return resultOf(transactions, executions, environment.baseFee, parent.number)
}

function environmentOf(params: Record<string, unknown>, parent: ChainHead): BlockEnvironment {
  const { baseFee, gasLimit } = params
  return {
    number: hexNumber(params['blockNumber'], 'blockNumber'),
    timestamp: whole(params['timestamp'], 'timestamp') || parent.timestamp + 1,
    baseFee: baseFee === undefined ? nextBaseFee(parent) : BigInt(hexNumber(baseFee, 'baseFee')),
    gasLimit: gasLimit === undefined ? parent.gasLimit : BigInt(hexNumber(gasLimit, 'gasLimit')),
    parent: quantity(parent.number),
  }
}

function coinbaseOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return value
  throw invalidParams('field-type', 'coinbase: an address is expected')
}

async function run(work: () => Promise<Execution[]>): Promise<Execution[]> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RpcFault) throw refusedBundle('insufficient-balance', `err: ${error.message}`)
    throw error
  }
}

function resultOf(
  transactions: readonly SignedTransaction[],
  executions: readonly Execution[],
  baseFee: bigint,
  stateBlockNumber: number,
): Record<string, unknown> {
  const results = transactions.flatMap((transaction, i) => {
    const execution = executions[i]
    return execution ? [{ transaction, execution, fees: execution.gasUsed * tipOf(transaction, baseFee) }] : []
  })
  const sum = (pick: (one: (typeof results)[number]) => bigint): bigint =>
    results.reduce((total, one) => total + pick(one), 0n)
  const paid = sum(({ execution }) => execution.paid)
  const gasUsed = sum(({ execution }) => execution.gasUsed)
  const fees = sum((one) => one.fees)
  return {
    bundleGasPrice: String(gasUsed === 0n ? 0n : paid / gasUsed),
    bundleHash: hashOf(transactions),
    coinbaseDiff: String(paid),
    ethSentToCoinbase: String(paid - fees),
    gasFees: String(fees),
    results: results.map(({ transaction, execution, fees: own }) => row(transaction, execution, own)),
    stateBlockNumber,
    totalGasUsed: Number(gasUsed),
  }
}

/** What the builder gets per gas (EIP-1559). */
const tipOf = ({ maxFeePerGas, maxPriorityFeePerGas }: SignedTransaction, baseFee: bigint): bigint => {
  const room = maxFeePerGas - baseFee
  return room < maxPriorityFeePerGas ? room : maxPriorityFeePerGas
}

function row(transaction: SignedTransaction, execution: Execution, fees: bigint): Record<string, unknown> {
  const { ok, gasUsed, paid, returnData } = execution
  return {
    txHash: transaction.hash,
    fromAddress: transaction.from,
    toAddress: transaction.to,
    gasPrice: String(gasUsed === 0n ? 0n : paid / gasUsed),
    gasFees: String(fees),
    coinbaseDiff: String(paid),
    ethSentToCoinbase: String(paid - fees),
    gasUsed: Number(gasUsed),
    ...(ok ? { value: returnData } : { error: 'execution reverted', revert: reasonOf(returnData) }),
  }
}

/** The text of `Error(string)`, else the raw bytes. */
function reasonOf(returnData: string): string {
  if (!returnData.startsWith('0x08c379a0')) return returnData
  try {
    return String(AbiCoder.defaultAbiCoder().decode(['string'], `0x${returnData.slice(10)}`)[0])
  } catch (error) {
    if (error instanceof Error) return returnData
    throw error
  }
}
