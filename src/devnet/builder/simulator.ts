import { randomBytes } from 'node:crypto'
import { simulationCall, type SignedTransaction } from '../proxy/decoded.js'
import { bigintOf, isRecord, quantity, RpcFault } from '../proxy/json-rpc.js'
import type { Upstream } from '../proxy/upstream.js'

/** The block that is being thought of. */
export interface BlockEnvironment {
  readonly number: number
  readonly timestamp: number
  readonly baseFee: bigint
  readonly gasLimit: bigint
  /** State it builds on: `latest` or a hex block number. */
  readonly parent: string
}

/** What one transaction did. */
export interface Execution {
  readonly ok: boolean
  readonly gasUsed: bigint
  readonly returnData: string
  /** Gain of the coinbase in wei: tip and direct payment. */
  readonly paid: bigint
}

const PROBE = '0x000000000000000000000000000000000000b10c'
const PROBE_SENDER = '0x000000000000000000000000000000000000b10d'
const COINBASE_BALANCE = '0x41315f5260205ff3'

/** Builders simulate with a coinbase nobody can know, so that no contract can behave for one. */
export const randomCoinbase = (): string => `0x${randomBytes(20).toString('hex')}`

/**
 * Executes transactions on a copy of the state (`eth_simulateV1`): the chain, its pool and its subscribers see nothing.
 * `prefix` runs first and is not measured. The coinbase's balance is read around every transaction, so payments are exact.
 * Throws `RpcFault` when anvil refuses the whole run: a sender without funds, gas below the intrinsic cost.
 */
export async function simulate(
  upstream: Upstream,
  environment: BlockEnvironment,
  prefix: readonly SignedTransaction[],
  transactions: readonly SignedTransaction[],
  coinbase: { readonly address: string; readonly isNew: boolean },
): Promise<Execution[]> {
  const probe = { from: PROBE_SENDER, to: PROBE, gas: '0x186a0' }
  const calls = [
    ...prefix.map(simulationCall),
    probe,
    ...transactions.flatMap((transaction) => [simulationCall(transaction), probe]),
  ]
  const answer = await upstream.call('eth_simulateV1', [
    {
      blockStateCalls: [
        { blockOverrides: overrides(environment, coinbase.address), stateOverrides: states(coinbase), calls },
      ],
      validation: true,
    },
    environment.parent,
  ])
  const block: unknown = Array.isArray(answer) ? answer[0] : undefined
  const results = isRecord(block) && Array.isArray(block['calls']) ? (block['calls'] as unknown[]) : []
  if (results.length !== calls.length) throw new RpcFault(-32603, 'the simulation is incomplete')
  const measured = results.slice(prefix.length)
  return transactions.map((_, i) => execution(measured[2 * i], measured[2 * i + 1], measured[2 * i + 2]))
}

const overrides = (environment: BlockEnvironment, feeRecipient: string): Record<string, unknown> => ({
  number: quantity(environment.number),
  time: quantity(environment.timestamp),
  baseFeePerGas: quantity(environment.baseFee),
  gasLimit: quantity(environment.gasLimit),
  feeRecipient,
})

/** A coinbase that never existed would make the first payment 25,000 gas dearer than it is in a real block. */
const states = (coinbase: { readonly address: string; readonly isNew: boolean }): Record<string, unknown> => ({
  [PROBE]: { code: COINBASE_BALANCE },
  ...(coinbase.isNew ? { [coinbase.address]: { balance: '0x1' } } : {}),
})

function execution(before: unknown, call: unknown, after: unknown): Execution {
  if (!isRecord(before) || !isRecord(call) || !isRecord(after))
    throw new RpcFault(-32603, 'the simulation is incomplete')
  return {
    ok: call['status'] === '0x1',
    gasUsed: bigintOf(call['gasUsed']),
    returnData: String(call['returnData']),
    paid: bigintOf(after['returnData']) - bigintOf(before['returnData']),
  }
}
