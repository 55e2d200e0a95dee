import { Interface } from 'ethers'
import { AAVE_V3_CONFIGURATOR } from '../../../abis/aave-v3-configuration.js'
import { AAVE_V3_POOL_EVENTS } from '../../../abis/aave-v3-pool.js'
import { AAVE_V3_SCALED_TOKEN } from '../../../abis/aave-v3-tokens.js'
import type { Hex } from '../../../src/domain/chain.js'
import { addressAt, booleanAt, topicAddress, wordAt } from '../../../src/domain/abi-words.js'
import { Random } from './support/random.js'

const SEED = 4_711
const PER_EVENT = 40

/** Words of every event that the reducer knows, decoded by hand as it does and by ethers. */
test(`hand-decoded words equal ethers' (seed ${SEED})`, () => {
  const random = new Random(SEED)
  const word = (bits: number): bigint => {
    const length = random.below(bits + 1)
    return (
      BigInt(`0x${Array.from({ length: 64 }, () => random.below(16).toString(16)).join('')}`) >> BigInt(256 - length)
    )
  }
  const valueOf = (type: string): unknown => {
    if (type === 'bool') return random.chance(0.5)
    if (type === 'address') return `0x${word(160).toString(16).padStart(40, '0')}`
    if (type === 'string') return 'Mode'
    return word(Number(type.replace('uint', '') || 256))
  }
  let compared = 0
  const wrong: string[] = []
  const events = new Interface([...AAVE_V3_POOL_EVENTS, ...AAVE_V3_SCALED_TOKEN, ...AAVE_V3_CONFIGURATOR])
  events.forEachEvent((event) => {
    for (let n = 0; n < PER_EVENT; n++) {
      const values = event.inputs.map(({ type }) => valueOf(type))
      const log = events.encodeEventLog(event, values)
      const topics = log.topics as Hex[]
      const data = log.data as Hex
      const decoded = events.decodeEventLog(event, data, topics)
      let [topic, at] = [1, 0]
      for (const [i, { type, indexed }] of event.inputs.entries()) {
        const theirs = decoded[i] as unknown
        if (type === 'address') {
          const ours = indexed ? topicAddress(topics, topic) : addressAt(data, at)
          if (ours !== String(theirs).toLowerCase()) wrong.push(`${event.name} ${String(i)}: ${ours}`)
        } else if (type !== 'string') {
          const from: Hex = indexed ? (topics[topic] ?? '0x') : data
          const position = indexed ? 0 : at
          const ours = type === 'bool' ? booleanAt(from, position) : wordAt(from, position)
          if (ours !== theirs) wrong.push(`${event.name} ${String(i)}: ${String(ours)}`)
        }
        compared++
        if (indexed) topic++
        else at++
      }
    }
  })
  expect(wrong).toEqual([])
  expect(compared).toBeGreaterThan(4_000)
  expect(() => wordAt('0x', 0)).toThrow(RangeError)
  expect(() => topicAddress([], 0)).toThrow(RangeError)
})
