import { randomBytes } from 'node:crypto'
import { Transaction } from 'ethers'
import { z } from 'zod'
import { nextBaseFee } from '../domain/base-fee.js'
import { toAddress } from '../domain/chain.js'
import type { Address, Head, Hex, StateOverride } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { ChainAsk } from './chain-facts.js'
import { decodeExecuted, decodeFailed, isAlreadyHealthy } from './executor/events.js'
import { revertReason } from './revert-reason.js'
import { BEHIND_HINT, type Simulated, type SimulationRequest, type Simulator } from './simulate.js'

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
const blocks = z.array(z.object({ calls: z.array(call).min(1).max(2) })).length(1)
type Call = z.output<typeof call>
type Done = Extract<Simulated, { kind: 'done' }>

const toHex = (value: bigint | number): Hex => `0x${value.toString(16)}`

export interface NodeSimulatorOptions {
  /** A *private* node: nothing that is about to be signed is shown to a third party. */
  readonly node: ChainAsk
  readonly blockTimeSeconds: number
  /** Puts an executor (and gas money on the sender) there for the length of the call; dry-run needs it. */
  readonly override?: StateOverride
}

/** BuilderNet's fee recipient on Ethereum: somebody whose blocks a hostile contract would know by sight. */
const WELL_KNOWN: Address = '0xdadb0d80178819f2319190d340ce9a924f783711'

function overridesOf(head: Head, blockTimeSeconds: number, feeRecipient: Hex) {
  const wait = BigInt(Math.max(1, Math.round(blockTimeSeconds)))
  return {
    number: toHex(head.number + 1),
    time: toHex(head.timestamp + wait),
    baseFeePerGas: toHex(nextBaseFee(head)),
    feeRecipient,
  }
}

/** The transaction that ours must follow, as a call. Throws when it cannot be decoded. */
function callOf(raw: Hex) {
  const { from, to, data, value, gasLimit, maxFeePerGas, gasPrice } = Transaction.from(raw)
  const price = maxFeePerGas ?? gasPrice
  return {
    ...{ from, input: data, value: toHex(value), gas: toHex(gasLimit) },
    ...(to === null ? {} : { to }),
    ...(price === null ? {} : { maxFeePerGas: toHex(price) }),
  }
}

function verdict(done: Call, executor: Address, isCall: boolean): Simulated {
  if (done.status !== 1n) {
    const data = done.error?.data ?? done.returnData
    const reason = data.length < 10 && done.error?.message ? done.error.message.slice(0, 120) : revertReason(data)
    return { kind: 'reverted', reason, data }
  }
  const own = done.logs.filter((log) => log.address === executor)
  if (isCall && own.length > 0) return { kind: 'done', gasUsed: done.gasUsed, gross: null, bid: null }
  const executed = own.map((log) => decodeExecuted(log)).find((event) => event !== null)
  if (executed !== undefined) {
    const failed = own.flatMap((log) => decodeFailed(log) ?? [])
    const lost = failed.length === 0 ? {} : { failed }
    return { kind: 'done', gasUsed: done.gasUsed, gross: executed.gross, bid: executed.bid, ...lost }
  }
  if (own.some((log) => isAlreadyHealthy(log))) return { kind: 'healthy' }
  return { kind: 'reverted', reason: 'the call did nothing: no executor answers at this address', data: '0x' }
}

function paramsOf(request: SimulationRequest, { blockTimeSeconds, override }: NodeSimulatorOptions, recipient: Hex) {
  const { from, executor, data, gasLimit, fees, head, behind, overrides } = request
  const ours = {
    from,
    to: executor,
    input: data,
    gas: toHex(gasLimit),
    maxFeePerGas: toHex(fees.maxFeePerGas),
    maxPriorityFeePerGas: toHex(fees.maxPriorityFeePerGas),
  }
  const block = {
    blockOverrides: overridesOf(head, blockTimeSeconds, recipient),
    calls: behind?.kind === 'transmit' ? [callOf(behind.raw), ours] : [ours],
    ...(override === undefined && overrides === undefined ? {} : { stateOverrides: { ...overrides, ...override } }),
  }
  return [{ blockStateCalls: [block], validation: false }, toHex(head.number)]
}

async function runFor(recipient: Hex, request: SimulationRequest, options: NodeSimulatorOptions): Promise<Simulated> {
  try {
    const params = paramsOf(request, options, recipient)
    const [answer] = await options.node.request('eth_simulateV1', params, (raw) => blocks.parse(raw))
    const calls = answer?.calls ?? []
    const done = calls.at(-1)
    const wanted = request.behind?.kind === 'transmit' ? 2 : 1
    if (done === undefined || calls.length !== wanted) return { kind: 'unavailable', why: 'the node simulated nothing' }
    if (wanted === 2 && calls[0]?.status !== 1n) {
      return { kind: 'reverted', reason: 'the transaction that it follows reverts', data: '0x' }
    }
    return verdict(done, request.executor, request.isCall === true)
  } catch (error) {
    return { kind: 'unavailable', why: messageOf(error).split('\n')[0] ?? '' }
  }
}

const POISONED: Simulated = { kind: 'reverted', reason: 'the outcome depends on who builds the block', data: '0x' }

/** What two runs say together: the worse of them, and nothing good where they differ in what the order gains or bids. */
function together(a: Simulated, b: Simulated): Simulated {
  if (a.kind === 'reverted') return a
  if (b.kind === 'reverted') return b
  if (a.kind === 'unavailable') return a
  if (b.kind === 'unavailable') return b
  if (a.kind !== 'done' || b.kind !== 'done') return a.kind === b.kind ? a : POISONED
  return a.gross === b.gross && a.bid === b.bid ? dearer(a, b) : POISONED
}

/** Gas may differ by a few slots that the recipient's account costs. */
const dearer = (a: Done, b: Done): Done => ((a.gasUsed ?? 0n) >= (b.gasUsed ?? 0n) ? a : b)

/**
 * Runs the call by `eth_simulateV1` on top of the head: next number, time, base fee, the sender's gas and fees (anvil 1.7
 * leaves the base fee at zero), behind the transaction that it follows; twice, in a block of nobody and in one of a builder
 * whom everybody knows: tokens and markets that look at `block.coinbase` to spoil simulations show themselves. An answer that
 * is none, or a node without the method, is `unavailable`: the model's figures then stand.
 */
export function nodeSimulator(options: NodeSimulatorOptions): Simulator {
  return async (request) => {
    if (request.behind?.kind === 'hint') return BEHIND_HINT
    const nobody: Hex = `0x${randomBytes(20).toString('hex')}`
    const [a, b] = await Promise.all([nobody, WELL_KNOWN].map((one) => runFor(one, request, options)))
    return together(a ?? POISONED, b ?? POISONED)
  }
}
