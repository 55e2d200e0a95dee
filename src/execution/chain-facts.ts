import type { Address, Head, Hex } from '../domain/chain.js'
import type { BlockInfo, Receipt } from './receipt.js'
import { readBlockInfo, readReceipt } from './receipt.js'
import type { AttemptRecord, TrackedIntent } from './records.js'

/** The one thing execution asks of `RpcClient`. */
export interface ChainAsk {
  request<T>(method: string, params: readonly unknown[], parse: (answer: unknown) => T): Promise<T>
}

/** The attempt that is in a canonical block, with the receipt and the block's header. */
export interface Mined {
  readonly attempt: AttemptRecord
  readonly receipt: Receipt
  readonly block: BlockInfo
}

/** What the chain says at one head of the operators and of the intents that are tracked. */
export interface ChainFacts {
  readonly head: Head
  /** Transactions of each operator up to and including this head. */
  readonly nonces: ReadonlyMap<Address, number>
  readonly balancesWei: ReadonlyMap<Address, bigint>
  /** By intent; null where no attempt is in the canonical chain. */
  readonly mined: ReadonlyMap<string, Mined | null>
}

const asHex = (value: number): Hex => `0x${value.toString(16)}`

function quantity(answer: unknown): bigint {
  if (typeof answer !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(answer)) throw new Error('not a quantity')
  return BigInt(answer)
}

/** Hash of the canonical block at this height, null where the node has none. */
export async function blockHashAt(ask: ChainAsk, number: number): Promise<Hex | null> {
  const block = await ask.request('eth_getBlockByNumber', [asHex(number), false], readBlockInfo)
  return block?.hash ?? null
}

/** The receipt counts only when the block at its height is the block it names: receipts of orphaned blocks exist. */
async function findMined(ask: ChainAsk, tracked: TrackedIntent, head: Head): Promise<Mined | null> {
  const found = await Promise.all(
    tracked.attempts.map(async (attempt): Promise<Mined | null> => {
      const hash = attempt.transactionHash
      const receipt = await ask.request('eth_getTransactionReceipt', [hash], (answer) => readReceipt(answer, hash))
      if (receipt === null || receipt.blockNumber > head.number) return null
      const block = await ask.request('eth_getBlockByNumber', [asHex(receipt.blockNumber), false], readBlockInfo)
      return block?.hash === receipt.blockHash ? { attempt, receipt, block } : null
    }),
  )
  const mined = found.find((one) => one !== null) ?? null
  if (mined === null) await mustBeUndone(ask, tracked, head)
  return mined
}

/**
 * Without a receipt, what was mined counts as undone only when its block is: a node may lose a receipt for a while. Throws
 * while the block still stands.
 */
async function mustBeUndone(ask: ChainAsk, { outcome }: TrackedIntent, head: Head): Promise<void> {
  if (outcome?.outcome.kind !== 'landed' && outcome?.outcome.kind !== 'reverted') return
  const { blockNumber, blockHash } = outcome.outcome
  if (blockNumber > head.number) return
  const hash = await blockHashAt(ask, blockNumber)
  if (hash !== null && hash !== blockHash) return
  throw new Error(`block ${blockNumber} stands, but the node does not find the receipt of ${outcome.transactionHash}`)
}

/** Receipts are read only where the nonce is gone, or where an attempt was seen in a block before. */
const mayBeMined = ({ intent, outcome }: TrackedIntent, nonce: number): boolean =>
  nonce > intent.nonce || outcome?.outcome.kind === 'landed' || outcome?.outcome.kind === 'reverted'

/** Reads everything at `head`, of these operators and of those of the intents. Rejects when any read fails: then nothing is known and the next head tries again. */
export async function readChainFacts(
  ask: ChainAsk,
  operators: readonly Address[],
  tracked: readonly TrackedIntent[],
  head: Head,
): Promise<ChainFacts> {
  const at = asHex(head.number)
  const all = [...new Set([...operators, ...tracked.map(({ intent }) => intent.operator)])]
  const of = <T>(method: string, parse: (answer: unknown) => T): Promise<[Address, T][]> =>
    Promise.all(all.map(async (one): Promise<[Address, T]> => [one, await ask.request(method, [one, at], parse)]))
  const [counts, balances] = await Promise.all([
    of('eth_getTransactionCount', (answer) => Number(quantity(answer))),
    of('eth_getBalance', quantity),
  ])
  const nonces = new Map(counts)
  const mined = await Promise.all(
    tracked.map(async (one): Promise<[string, Mined | null]> => {
      const nonce = nonces.get(one.intent.operator) ?? 0
      return [one.intent.id, mayBeMined(one, nonce) ? await findMined(ask, one, head) : null]
    }),
  )
  const facts = { head, nonces, balancesWei: new Map(balances), mined: new Map(mined) }
  // a reorg between two reads looks like a nonce that another transaction took: what was read must be of one chain
  const strange = tracked.some((one) => facts.mined.get(one.intent.id) === null && isGone(one, nonces))
  if (strange && (await blockHashAt(ask, head.number)) !== head.hash)
    throw new Error(`block ${head.number} was reorged while what became of the intents was read`)
  return facts
}

const isGone = ({ intent }: TrackedIntent, nonces: ReadonlyMap<Address, number>): boolean =>
  (nonces.get(intent.operator) ?? 0) > intent.nonce
