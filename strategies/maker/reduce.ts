import { encodeBytes32String } from 'ethers'
import type { Address, BlockRef, Hex, LogFilter, RawLog, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import type { Delta } from '../../src/domain/strategy.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import { Changes } from './changes.js'
import { contractOf } from './contracts.js'
import { readSales } from './read-clip.js'
import { CLIP_TOPIC, DOG_TOPIC, FILE_TOPICS, NOTE_TOPIC } from './signatures.js'
import { readParameters } from './snapshot.js'
import type { MakerState } from './state.js'

const SPOT = encodeBytes32String('spot')

/** The Vat tells all ilks of itself in anonymous notes; Dog and Clip have events. */
export const filtersOf = ({ market, parameters }: MakerState): LogFilter[] => [
  { addresses: [contractOf(market, 'vat')], topic0: Object.values(NOTE_TOPIC) },
  {
    addresses: [contractOf(market, 'dog')],
    topic0: [DOG_TOPIC.Bark, DOG_TOPIC.Digs, DOG_TOPIC.Cage, ...FILE_TOPICS],
  },
  { addresses: [parameters.curve], topic0: FILE_TOPICS },
  { addresses: [contractOf(market, 'clip')], topic0: [...Object.values(CLIP_TOPIC), ...FILE_TOPICS] },
]

/** Argument `index` of a noted call as a signed integer: behind offset, length and selector of the note's bytes. */
function argumentAt(data: Hex, index: number): bigint {
  const start = 2 + 2 * (64 + 4 + 32 * index)
  if (data.length < start + 64) throw new RangeError(`a note has no argument ${String(index)}`)
  return BigInt.asIntN(256, BigInt(`0x${data.slice(start, start + 64)}`))
}

/** Applies one log; notes of other ilks leave the state as it is. */
export function reduceLog(state: MakerState, log: RawLog): Delta {
  const changes = new Changes(state)
  if (log.address === contractOf(state.market, 'vat')) reduceNote(state, log, changes)
  // room on auction, penalties, stops, auctions that start, sell or begin anew: what is left of them is read at the block's end
  else if (tellsOfSales(state).includes(log.address)) changes.setStale(true)
  return changes
}

const tellsOfSales = ({ market, parameters }: MakerState): Address[] => [
  ...[contractOf(market, 'dog'), contractOf(market, 'clip'), parameters.curve],
]

function reduceNote(state: MakerState, { topics, data }: RawLog, changes: Changes): void {
  const [note, ilk, , third] = topics
  if (ilk !== state.ilk) return
  const move = (topic: number, ink: bigint, art: bigint): void => {
    const id = topicAddress(topics, topic)
    const urn = state.urns.get(id) ?? { ink: 0n, art: 0n }
    changes.setUrn(id, { ink: urn.ink + ink, art: urn.art + art })
  }
  if (note === NOTE_TOPIC.frob || note === NOTE_TOPIC.grab) move(2, argumentAt(data, 4), argumentAt(data, 5))
  else if (note === NOTE_TOPIC.fork) {
    const [dink, dart] = [argumentAt(data, 3), argumentAt(data, 4)]
    move(2, -dink, -dart)
    move(3, dink, dart)
  } else if (note === NOTE_TOPIC.fold) {
    changes.setParameters({ rate: state.parameters.rate + BigInt.asIntN(256, BigInt(third ?? '0x0')) })
  } else if (note === NOTE_TOPIC.file) {
    if (topics[2] === SPOT) changes.setParameters({ spot: BigInt(third ?? '0x0') })
    else changes.setStale(true)
  }
}

/** All parameters and running auctions at the block whose last log was reduced. */
export async function refreshState(reader: Reader, state: MakerState, block: BlockRef): Promise<Delta> {
  const changes = new Changes(state)
  const batch = new Batch(reader, block.number)
  changes.setParameters(await readParameters(batch, state.market, state.ilk))
  changes.setSales(await readSales(batch, state.market))
  changes.setStale(false)
  return changes
}
