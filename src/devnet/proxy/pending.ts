import { simulationCall, type SignedTransaction } from './decoded.js'
import { executableNow } from './executable.js'
import { bigintOf, isRecord, quantity, RpcFault, type RpcRequest } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'
import type { Upstream } from './upstream.js'

/** Answers a request about the `pending` block, or `undefined` where anvil's own answer (no pool) will do. */
export type PendingHandler = (request: RpcRequest) => Promise<unknown>

interface PendingBlock {
  readonly transactions: readonly SignedTransaction[]
  readonly overrides: Readonly<Record<string, string>>
  readonly upstream: Upstream
}

const PROBE = '0x000000000000000000000000000000000000b10c'
const PROBE_SENDER = '0x000000000000000000000000000000000000b10d'
// bytecode of probes whose first calldata word is an address (or, for storage, the slot)
const BALANCE_OF = '0x5f35315f5260205ff3'
const CODE_OF = '0x5f35803b805f5f843c5ff3'
const OWN_STORAGE = '0x5f35545f5260205ff3'

const word = (value: unknown): string => `0x${bigintOf(value).toString(16).padStart(64, '0')}`

const HANDLERS: Readonly<Record<string, (block: PendingBlock, params: readonly unknown[]) => Promise<unknown>>> = {
  eth_call: async (block, [call, , overrides]) => succeed(await run(block, call, overrides)),
  eth_estimateGas: (block, [call, , overrides]) => estimate(block, call, overrides),
  eth_getBalance: async (block, [address]) => quantity(bigintOf(await probe(block, PROBE, BALANCE_OF, word(address)))),
  eth_getCode: (block, [address]) => probe(block, PROBE, CODE_OF, word(address)),
  eth_getStorageAt: (block, [address, slot]) => probe(block, String(address), OWN_STORAGE, word(slot)),
}

/**
 * The `pending` state: latest plus the public transactions that the next block can take, by `eth_simulateV1`. Contract
 * creations cannot be simulated by anvil and are left out.
 */
export function pendingState(upstream: Upstream, pool: PublicPool): PendingHandler {
  return async ({ method, params }) => {
    const handler = Object.hasOwn(HANDLERS, method) ? HANDLERS[method] : undefined
    if (!handler || isCreation(method, params[0])) return undefined
    const { transactions, baseFee, number, timestamp } = await executableNow(upstream, pool.list())
    const calls = transactions.filter(({ to }) => to !== null)
    if (calls.length === 0) return undefined
    const overrides = { number: quantity(number), time: quantity(timestamp), baseFeePerGas: quantity(baseFee) }
    return handler({ transactions: calls, overrides, upstream }, params)
  }
}

const isCreation = (method: string, call: unknown): boolean =>
  /^eth_(call|estimateGas)$/.test(method) && isRecord(call) && (call['to'] ?? null) === null

interface CallOutcome {
  readonly ok: boolean
  readonly data: string
  readonly gasUsed: bigint
}

async function simulate(block: PendingBlock, extra: readonly unknown[], overrides: unknown): Promise<unknown[]> {
  const calls = block.transactions.map(simulationCall)
  const first = {
    blockOverrides: block.overrides,
    calls,
    ...(isRecord(overrides) ? { stateOverrides: overrides } : {}),
  }
  const answer = await block.upstream.call('eth_simulateV1', [
    { blockStateCalls: [first, ...extra], validation: false },
    'latest',
  ])
  if (!Array.isArray(answer)) throw new RpcFault(-32603, 'no simulation')
  return answer.flatMap((simulated: unknown) =>
    isRecord(simulated) && Array.isArray(simulated['calls']) ? (simulated['calls'] as unknown[]) : [],
  )
}

/** The state after the block, as the calls of a second one see it. */
async function run(block: PendingBlock, call: unknown, overrides: unknown, gas?: bigint): Promise<CallOutcome> {
  const request = { ...(isRecord(call) ? call : {}), ...(gas === undefined ? {} : { gas: quantity(gas) }) }
  const answers = await simulate(block, [{ blockOverrides: nextOf(block), calls: [request] }], overrides)
  return outcomeOf(answers.at(-1))
}

async function probe(block: PendingBlock, address: string, code: string, argument: string): Promise<string> {
  const call = { from: PROBE_SENDER, to: address, input: argument, gas: '0x989680' }
  const second = { blockOverrides: nextOf(block), stateOverrides: { [address]: { code } }, calls: [call] }
  const answers = await simulate(block, [second], undefined)
  return succeed(outcomeOf(answers.at(-1)))
}

// one number further because simulated blocks must rise; the time stays
const nextOf = ({ overrides }: PendingBlock): Record<string, string> => ({
  ...overrides,
  number: quantity(bigintOf(overrides['number']) + 1n),
})

function outcomeOf(call: unknown): CallOutcome {
  if (!isRecord(call)) throw new RpcFault(-32603, 'no simulation')
  return { ok: call['status'] === '0x1', data: String(call['returnData']), gasUsed: bigintOf(call['gasUsed']) }
}

function succeed({ ok, data }: CallOutcome): string {
  if (!ok) throw new RpcFault(3, 'execution reverted', data)
  return data
}

/** Smallest gas limit that succeeds, to 1.5 %, as nodes search for it. */
async function estimate(block: PendingBlock, call: unknown, overrides: unknown): Promise<string> {
  let high = 30_000_000n
  const full = await run(block, call, overrides, high)
  succeed(full)
  let low = full.gasUsed - 1n
  while ((high - low) * 1000n > high * 15n) {
    const middle = high > low * 2n ? low * 2n : (low + high) / 2n
    if (await fits(block, call, overrides, middle)) high = middle
    else low = middle
  }
  return quantity(high)
}

async function fits(block: PendingBlock, call: unknown, overrides: unknown, gas: bigint): Promise<boolean> {
  try {
    return (await run(block, call, overrides, gas)).ok
  } catch (error) {
    // below the intrinsic gas anvil fails the whole simulation
    if (error instanceof RpcFault) return false
    throw error
  }
}
