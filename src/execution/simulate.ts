import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { toAddress } from '../domain/chain.js'
import type { Address, Head, Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { ChainAsk } from './chain-facts.js'
import { decodeExecuted, isAlreadyHealthy } from './executor/events.js'
import type { StateOverride } from './executor/override.js'
import type { Fees } from './fees.js'
import { nextBaseFee } from '../domain/base-fee.js'
import type { Relay } from './relays/relay.js'
import { revertReason } from './revert-reason.js'

/** The exact call that is about to be signed. */
export interface SimulationRequest {
  readonly from: Address
  readonly executor: Address
  readonly data: Hex
  readonly gasLimit: bigint
  readonly fees: Fees
  readonly head: Head
  /** The signed transaction, where a relay simulates; null on the own node. */
  readonly raw: Hex | null
}

/** `gross` and `bid` in raw units of the profit token, null where the simulator shows no logs. */
export type Simulated =
  | {
      readonly kind: 'done'
      readonly gasUsed: bigint | null
      readonly gross: bigint | null
      readonly bid: bigint | null
    }
  | { readonly kind: 'healthy' }
  | { readonly kind: 'reverted'; readonly reason: string; readonly data: Hex }
  | { readonly kind: 'unavailable'; readonly why: string }

/** Never rejects. */
export type Simulator = (request: SimulationRequest) => Promise<Simulated>

const hexData = z
  .string()
  .regex(/^0x[0-9a-fA-F]*$/)
  .transform((text) => text.toLowerCase() as Hex)
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt)
const call = z.object({
  status: quantity,
  gasUsed: quantity,
  returnData: hexData.default('0x'),
  error: z.object({ message: z.string().default(''), data: hexData.nullish() }).nullish(),
  logs: z
    .array(z.object({ address: z.string().transform(toAddress), topics: z.array(hexData), data: hexData }))
    .default([]),
})
const blocks = z.array(z.object({ calls: z.array(call).length(1) })).length(1)
type Call = z.output<typeof call>

const toHex = (value: bigint | number): Hex => `0x${value.toString(16)}`

export interface NodeSimulatorOptions {
  /** A *private* node: nothing that is about to be signed is shown to a third party. */
  readonly node: ChainAsk
  readonly blockTimeSeconds: number
  /** Puts an executor (and gas money on the sender) there for the length of the call; dry-run needs it. */
  readonly override?: StateOverride
}

function overridesOf(head: Head, blockTimeSeconds: number) {
  const wait = BigInt(Math.max(1, Math.round(blockTimeSeconds)))
  return {
    number: toHex(head.number + 1),
    time: toHex(head.timestamp + wait),
    baseFeePerGas: toHex(nextBaseFee(head)),
    // builders simulate with a random one too: an order that depends on it shows itself here
    feeRecipient: `0x${randomBytes(20).toString('hex')}` as Hex,
  }
}

function verdict(done: Call, executor: Address): Simulated {
  if (done.status !== 1n) {
    const data = done.error?.data ?? done.returnData
    const reason = data.length < 10 && done.error?.message ? done.error.message.slice(0, 120) : revertReason(data)
    return { kind: 'reverted', reason, data }
  }
  const own = done.logs.filter((log) => log.address === executor)
  const executed = own.map((log) => decodeExecuted(log)).find((event) => event !== null)
  if (executed !== undefined) return { kind: 'done', gasUsed: done.gasUsed, gross: executed.gross, bid: executed.bid }
  if (own.some((log) => isAlreadyHealthy(log))) return { kind: 'healthy' }
  return { kind: 'reverted', reason: 'the call did nothing: no executor answers at this address', data: '0x' }
}

/**
 * Runs the call by `eth_simulateV1` on top of the head: next number, time, base fee, a random fee recipient, the sender's
 * gas and fees (anvil 1.7 leaves the base fee at zero). An answer that is none, or a node without the method, is `unavailable`: the model's figures then stand.
 */
export function nodeSimulator(options: NodeSimulatorOptions): Simulator {
  return async ({ from, executor, data, gasLimit, fees, head }) => {
    const tx = {
      from,
      to: executor,
      input: data,
      gas: toHex(gasLimit),
      maxFeePerGas: toHex(fees.maxFeePerGas),
      maxPriorityFeePerGas: toHex(fees.maxPriorityFeePerGas),
    }
    const block = {
      blockOverrides: overridesOf(head, options.blockTimeSeconds),
      calls: [tx],
      ...(options.override === undefined ? {} : { stateOverrides: options.override }),
    }
    try {
      const params = [{ blockStateCalls: [block], validation: false }, toHex(head.number)]
      const [answer] = await options.node.request('eth_simulateV1', params, (raw) => blocks.parse(raw))
      const done = answer?.calls[0]
      if (done === undefined) return { kind: 'unavailable', why: 'the node simulated nothing' }
      return verdict(done, executor)
    } catch (error) {
      return { kind: 'unavailable', why: messageOf(error).split('\n')[0] ?? '' }
    }
  }
}

/** `eth_callBundle` of one relay, for keepers without a node of their own. It counts against the reputation there. */
export function relaySimulator(relay: Relay): Simulator {
  return async ({ raw, head }) => {
    if (relay.simulate === undefined || raw === null)
      return { kind: 'unavailable', why: `${relay.name} cannot simulate` }
    const bundle = { transactions: [raw], targetBlock: head.number + 1, replacementUuid: '' }
    const done = await relay.simulate(bundle, head.number)
    if ('kind' in done) {
      const why = done.kind === 'rejected' ? done.message : done.kind
      return { kind: 'unavailable', why: `${relay.name}: ${why}` }
    }
    if (done.revert === null) return { kind: 'done', gasUsed: done.gasUsed, gross: null, bid: done.coinbaseWei }
    const reason = done.revert.data.length >= 10 ? revertReason(done.revert.data) : done.revert.reason
    return { kind: 'reverted', reason, data: done.revert.data }
  }
}
