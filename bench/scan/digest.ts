import { createHash } from 'node:crypto'
import { decimal } from '../../src/domain/decimal-json.js'
import type { BenchMarket } from './market.js'
import type { Population } from './population.js'

/** Little-endian bytes of the columns: what every machine Node runs on has. */
const bytes = (column: ArrayBufferView): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength)

/** sha256 of everything generated: the market's figures and every column of the positions. */
export function dataDigest(market: BenchMarket, people: Population): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify(market, decimal))
  for (const column of [people.starts, people.slots, people.low, people.high]) hash.update(bytes(column))
  return hash.digest('hex')
}

/** sha256 of an ascending list of position numbers, as u32. */
export const listDigest = (ids: Uint32Array): string => createHash('sha256').update(bytes(ids)).digest('hex')
