import type { BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { SnapshotProgress } from '../../src/domain/strategy.js'
import { textOf, topicAddress, wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { readClip, readSales } from './read-clip.js'
import { CLIP, DOG, NOTE_TOPIC, TOKEN, VAT } from './signatures.js'
import { type MakerParameters, MakerState } from './state.js'

/** Blocks per question for notes: bounds the memory of a cold start. */
const LOG_SPAN = 100_000

/** Cold start: vaults from the Vat's notes of this ilk, then each vault and the parameters at `block`. */
export async function takeSnapshot(
  reader: Reader,
  market: Market,
  block: BlockRef,
  progress: SnapshotProgress,
): Promise<MakerState> {
  const batch = new Batch(reader, block.number, (done, of) => {
    progress(done, of, 'requests')
  })
  const state = await readState(batch, market)
  const ids = await findUrns(reader, state, block.number, progress)
  const vat = contractOf(market, 'vat')
  const answers = await batch.all(ids.map((id) => VAT.urns(vat, state.ilk, id as Hex)))
  for (const [i, id] of ids.entries()) {
    const urn = { ink: wordAt(answers[i] ?? '0x', 0), art: wordAt(answers[i] ?? '0x', 1) }
    if (urn.ink > 0n || urn.art > 0n) state.urns.set(id, urn)
  }
  state.sales = await readSales(batch, market)
  return state
}

/** The ilk at its deploy block, for a full replay. */
export const takeGenesis = (reader: Reader, market: Market): Promise<MakerState> =>
  readState(new Batch(reader, market.deployBlock), market)

async function readState(batch: Batch, market: Market): Promise<MakerState> {
  const address = contractOf(market, 'collateral')
  const [ilk = '0x', decimals = '0x'] = await batch.all([CLIP.ilk(contractOf(market, 'clip')), TOKEN.decimals(address)])
  const [symbol] = await batch.try([TOKEN.symbol(address)])
  const parameters = await readParameters(batch, market, ilk)
  const collateral = { address, symbol: textOf(symbol ?? '0x') || 'collateral', decimals: Number(wordAt(decimals, 0)) }
  return new MakerState(market, ilk, parameters, collateral)
}

/** Throws `KeeperError('read-failed')`. */
export async function readParameters(batch: Batch, market: Market, ilk: Hex): Promise<MakerParameters> {
  const [vat, dog] = [contractOf(market, 'vat'), contractOf(market, 'dog')]
  const [books = '0x', limits = '0x', ...numbers] = await batch.all([
    ...[VAT.ilks(vat, ilk), DOG.ilks(dog, ilk), DOG.Hole(dog), DOG.Dirt(dog), DOG.live(dog)],
  ])
  const [Hole = 0n, Dirt = 0n, live = 0n] = numbers.map((data) => wordAt(data, 0))
  return {
    ...(await readClip(batch, market, ilk)),
    rate: wordAt(books, 1),
    spot: wordAt(books, 2),
    dust: wordAt(books, 4),
    chop: wordAt(limits, 1),
    hole: wordAt(limits, 2),
    dirt: wordAt(limits, 3),
    ...{ Hole, Dirt },
    live: live !== 0n,
  }
}

async function findUrns(
  reader: Reader,
  { market, ilk }: MakerState,
  to: number,
  progress: SnapshotProgress,
): Promise<PositionId[]> {
  const filter = { addresses: [contractOf(market, 'vat')], topic0: [NOTE_TOPIC.frob, NOTE_TOPIC.fork] }
  const found = new Set<PositionId>()
  for (let from = market.deployBlock; from <= to; from += LOG_SPAN) {
    const last = Math.min(to, from + LOG_SPAN - 1)
    for (const { topics } of await reader.logs(filter, from, last)) {
      if (topics[1] !== ilk) continue
      found.add(topicAddress(topics, 2))
      if (topics[0] === NOTE_TOPIC.fork) found.add(topicAddress(topics, 3))
    }
    progress(last - market.deployBlock + 1, to - market.deployBlock + 1, 'blocks')
  }
  return [...found]
}
