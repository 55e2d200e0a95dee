import { AbiCoder, keccak256 } from 'ethers'
import type { DirectReader } from '../chain/reader.js'
import type { Address, CallResult, Hex } from '../domain/chain.js'
import { ask } from './chainlink.js'
import type { LeafState } from './tree.js'
import type { DualReader, DualRound } from './twins/dual.js'

/** The only version whose storage is known. */
export const DUAL_VERSION = 'DualAggregator 1.0.0'

/** Storage of that version: no getter gives the cutoff and the round that came through the auction. */
const SLOT = { transmissions: 17n, hot: 13n, settings: 18n } as const
/** Where the contract keeps the number of rounds in its code instead, it is this. */
const DEFAULT_SYNC_ROUNDS = 20n

const slotOf = (slot: bigint): Hex => `0x${slot.toString(16).padStart(64, '0')}`
/** `bytes` bytes of a word, counted from its end. */
const field = (word: Hex, offset: number, bytes: number): bigint =>
  (BigInt(word) >> BigInt(offset * 8)) & ((1n << BigInt(bytes * 8)) - 1n)

export interface DualReading {
  readonly reader: DualReader
  readonly state: LeafState & { readonly kind: 'dual' }
}

/**
 * What a dual aggregator answers from, and as whom `proxy` reads it: the address of the secondary proxy is part of the
 * aggregator's code. Null when its storage does not look like that of the version known. Throws what the reader throws.
 */
export async function readDual(
  aggregator: Address,
  proxy: Address,
  reader: DirectReader,
  block: number,
): Promise<DualReading | null> {
  const [hot, settings, code] = await Promise.all([
    reader.storage(aggregator, slotOf(SLOT.hot), block),
    reader.storage(aggregator, slotOf(SLOT.settings), block),
    reader.code(aggregator, block),
  ])
  const newest = field(hot, 6, 4)
  const secondary = field(hot, 10, 4)
  const stored = field(settings, 4, 4)
  const syncRounds = stored === 0n ? DEFAULT_SYNC_ROUNDS : stored
  if (newest === 0n || secondary > newest || syncRounds > 100n) return null
  const rounds = await readRounds(aggregator, wanted(newest, secondary, syncRounds), reader, block)
  if (rounds === null) return null
  const as: DualReader = code.toLowerCase().includes(proxy.slice(2)) ? 'secondary' : 'primary'
  const newestIsSecondary = field(hot, 30, 1) === 1n
  return {
    reader: as,
    state: { kind: 'dual', rounds, secondary, newestIsSecondary, cutoff: field(settings, 0, 4), syncRounds },
  }
}

function wanted(newest: bigint, secondary: bigint, syncRounds: bigint): bigint[] {
  const ids: bigint[] = []
  for (let id = newest; id > 0n && id >= newest - syncRounds; id--) ids.push(id)
  if (secondary > 0n && !ids.includes(secondary)) ids.push(secondary)
  return ids
}

async function readRounds(
  aggregator: Address,
  ids: readonly bigint[],
  reader: DirectReader,
  block: number,
): Promise<DualRound[] | null> {
  const results = await reader.calls(
    ids.map((id) => ask(aggregator, 'getRoundData', [id])),
    block,
  )
  const rounds: DualRound[] = []
  for (const [i, id] of ids.entries()) {
    const round = decodeRound(id, results[i]) ?? (await storedRound(aggregator, id, reader, block))
    if (round === null) return null
    rounds.push(round)
  }
  return rounds
}

/** Null for a round that the aggregator hides from strangers in the block in which it was auctioned. */
function decodeRound(id: bigint, result: CallResult | undefined): DualRound | null {
  if (!result?.ok || result.data.length !== 2 + 5 * 64) return null
  const word = (i: number): bigint => BigInt(`0x${result.data.slice(2 + i * 64, 2 + (i + 1) * 64)}`)
  return word(0) === id && word(3) > 0n ? { id, answer: BigInt.asIntN(256, word(1)), recordedAt: word(3) } : null
}

async function storedRound(
  aggregator: Address,
  id: bigint,
  reader: DirectReader,
  block: number,
): Promise<DualRound | null> {
  const key = keccak256(AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [id, SLOT.transmissions])) as Hex
  const word = await reader.storage(aggregator, key, block)
  const recordedAt = field(word, 28, 4)
  return recordedAt === 0n ? null : { id, answer: BigInt.asIntN(192, field(word, 0, 24)), recordedAt }
}
