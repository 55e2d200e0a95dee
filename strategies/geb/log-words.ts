import type { Hex } from '../../src/domain/chain.js'

/** Word `index` of a log's data as an unsigned integer; zero where the data is shorter. */
export const wordAt = (data: Hex, index: number): bigint =>
  BigInt(`0x${data.slice(2 + 64 * index, 66 + 64 * index) || '0'}`)

export const signedAt = (data: Hex, index: number): bigint => BigInt.asIntN(256, wordAt(data, index))
