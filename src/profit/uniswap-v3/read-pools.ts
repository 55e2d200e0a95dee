import { Interface } from 'ethers'
import { UNISWAP_V3_POOL_ABI } from '../../../abis/uniswap-v3-pool.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../domain/chain.js'
import type { PoolReading } from './pool-state.js'
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO, sqrtPriceAtTick, tickAtSqrtPrice } from './tick-price.js'
import { stillCovers, ticksOfWord, windowAround, type WordWindow } from './tick-window.js'

/** What never changes of a pool. */
export interface PoolKey {
  readonly address: Address
  readonly token0: Address
  readonly token1: Address
  readonly fee: bigint
  readonly tickSpacing: number
}

/** What the last reading of a pool tells about where the next one has to look. */
export interface PoolMemory {
  readonly window: WordWindow
  readonly ticks: readonly number[]
}

/** A pool while it is being read. */
interface Draft {
  readonly key: PoolKey
  readonly slot0: readonly bigint[]
  readonly liquidity: bigint
  readonly window: WordWindow
  readonly words: Map<number, bigint>
  readonly nets: Map<number, readonly bigint[]>
}

/** What is read of a pool, and at which place of the answer the wanted value stands: `slot0` price 0 and tick 1. */
export type Field = 'slot0' | 'liquidity' | 'tickBitmap' | 'ticks'

/** How the fields of a pool are asked for. */
export interface PoolProbe {
  /** `n` is the word of the bitmap or the tick. */
  request(key: PoolKey, field: Field, n?: number): CallRequest
  /** Throws for an answer that is none. */
  decode(field: Field, data: Hex): readonly bigint[]
  /** What the pool's `slot0` changes of its key. */
  fees?(key: PoolKey, slot0: readonly bigint[]): Pick<PoolReading, 'fee' | 'feeUp'> | null
}

const POOL = new Interface(UNISWAP_V3_POOL_ABI)

/** The getters of a Uniswap v3 pool. */
export const V3_PROBE: PoolProbe = {
  request: (key, field, n) => ({
    to: key.address,
    data: POOL.encodeFunctionData(field, n === undefined ? [] : [n]) as Hex,
  }),
  decode: (field, data) =>
    (POOL.decodeFunctionResult(field, data).toArray() as unknown[]).map((v) => BigInt(v as bigint)),
}

/**
 * Reads pools at `block` and remembers in `memory` where their ticks are: one batch while the price stays in the window
 * and no tick is new, else two or three. A pool whose answers make no sense is left out. Rejects as `reader` does.
 */
export async function readPools(
  reader: Reader,
  keys: readonly PoolKey[],
  block: number,
  memory: Map<Address, PoolMemory>,
  probe: PoolProbe = V3_PROBE,
): Promise<PoolReading[]> {
  const drafts = await readPrices(reader, keys, block, memory, probe)
  await readWords(reader, drafts, block, probe)
  await readTicks(reader, drafts, block, probe)
  return drafts.flatMap((draft) => finish(draft, memory, probe))
}

async function readPrices(
  reader: Reader,
  keys: readonly PoolKey[],
  block: number,
  memory: ReadonlyMap<Address, PoolMemory>,
  probe: PoolProbe,
): Promise<Draft[]> {
  const requests = keys.flatMap((key) => {
    const known = memory.get(key.address)
    const words = known ? wordsIn(known.window).map((w) => probe.request(key, 'tickBitmap', w)) : []
    const ticks = (known?.ticks ?? []).map((t) => probe.request(key, 'ticks', t))
    return [probe.request(key, 'slot0'), probe.request(key, 'liquidity'), ...words, ...ticks]
  })
  const answers = new Answers(await reader.calls(requests, block), probe)
  return keys.flatMap((key) => {
    const known = memory.get(key.address)
    const slot0 = answers.next('slot0')
    const liquidity = answers.next('liquidity')
    const words = firstOf(answers.byNumber(known ? wordsIn(known.window) : [], 'tickBitmap', 1))
    const nets = answers.byNumber(known?.ticks ?? [], 'ticks', 2)
    const [price, tick] = [slot0?.[0], slot0?.[1]]
    if (price === undefined || tick === undefined || liquidity?.[0] === undefined) return []
    if (!agree(price, Number(tick))) return []
    const keep = known !== undefined && stillCovers(known.window, Number(tick), key.tickSpacing)
    const window = keep ? known.window : windowAround(Number(tick), key.tickSpacing)
    return [{ key, slot0: slot0 ?? [], liquidity: liquidity[0], window, words, nets } satisfies Draft]
  })
}

async function readWords(reader: Reader, drafts: readonly Draft[], block: number, probe: PoolProbe): Promise<void> {
  const missing = drafts.map((d) => wordsIn(d.window).filter((w) => !d.words.has(w)))
  await readInto(reader, drafts, missing, block, probe, 'tickBitmap', 1, (d, n, [bits = 0n]) => d.words.set(n, bits))
}

async function readTicks(reader: Reader, drafts: readonly Draft[], block: number, probe: PoolProbe): Promise<void> {
  const missing = drafts.map((d) => initialised(d).filter((t) => !d.nets.has(t)))
  await readInto(reader, drafts, missing, block, probe, 'ticks', 2, (d, n, amounts) => d.nets.set(n, amounts))
}

async function readInto(
  reader: Reader,
  drafts: readonly Draft[],
  numbers: readonly (readonly number[])[],
  block: number,
  probe: PoolProbe,
  name: 'tickBitmap' | 'ticks',
  outputs: number,
  take: (draft: Draft, n: number, values: readonly bigint[]) => unknown,
): Promise<void> {
  const requests = drafts.flatMap((d, i) => (numbers[i] ?? []).map((n) => probe.request(d.key, name, n)))
  if (requests.length === 0) return
  const answers = new Answers(await reader.calls(requests, block), probe)
  drafts.forEach((d, i) => {
    for (const [n, values] of answers.byNumber(numbers[i] ?? [], name, outputs)) take(d, n, values)
  })
}

/** The pool, or nothing when a word or tick inside its window could not be read. */
function finish(draft: Draft, memory: Map<Address, PoolMemory>, probe: PoolProbe): PoolReading[] {
  const ticks = initialised(draft)
  const complete = wordsIn(draft.window).every((w) => draft.words.has(w)) && ticks.every((t) => draft.nets.has(t))
  memory.delete(draft.key.address)
  const [sqrtPriceX96 = 0n, tick = 0n] = draft.slot0
  const fees = probe.fees ? probe.fees(draft.key, draft.slot0) : {}
  if (!complete || fees === null) return []
  memory.set(draft.key.address, { window: draft.window, ticks })
  return [
    {
      ...draft.key,
      ...fees,
      sqrtPriceX96,
      tick: Number(tick),
      liquidity: draft.liquidity,
      ticks: ticks.map((index) => {
        const [liquidityGross = 0n, liquidityNet = 0n] = draft.nets.get(index) ?? []
        return { index, liquidityNet, liquidityGross }
      }),
      ...draft.window,
    },
  ]
}

/** A pool's tick is its price's, or the one below while the price stands exactly on a tick it has crossed downwards. */
export function agree(price: bigint, tick: number): boolean {
  if (price < MIN_SQRT_RATIO || price >= MAX_SQRT_RATIO) return false
  const exact = tickAtSqrtPrice(price)
  return tick === exact || (tick === exact - 1 && sqrtPriceAtTick(exact) === price)
}

const wordsIn = (window: WordWindow): number[] =>
  Array.from({ length: window.lastWord - window.firstWord + 1 }, (_, i) => window.firstWord + i)

const initialised = (draft: Draft): number[] =>
  wordsIn(draft.window).flatMap((w) => ticksOfWord(w, draft.words.get(w) ?? 0n, draft.key.tickSpacing))

/** Answers in the order of the requests; a failed call or one that cannot be decoded gives nothing. */
class Answers {
  private at = 0
  constructor(
    private readonly results: readonly CallResult[],
    private readonly probe: PoolProbe,
  ) {}

  next(name: Field): readonly bigint[] | null {
    const result = this.results[this.at++]
    if (!result?.ok) return null
    try {
      return this.probe.decode(name, result.data)
    } catch {
      return null
    }
  }

  /** The first `count` values of each answer that has as many. */
  byNumber(numbers: readonly number[], name: Field, count: number): Map<number, readonly bigint[]> {
    const found = new Map<number, readonly bigint[]>()
    for (const n of numbers) {
      const values = this.next(name)
      if (values !== null && values.length >= count) found.set(n, values)
    }
    return found
  }
}

const firstOf = (found: ReadonlyMap<number, readonly bigint[]>): Map<number, bigint> =>
  new Map([...found].map(([n, [value = 0n]]) => [n, value]))
