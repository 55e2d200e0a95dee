import { z } from 'zod'
import type { Head, Hex } from '../../../src/domain/chain.js'

const hex = z.string().transform((text) => text as Hex)
const quantity = z.string().transform(BigInt)
const block = z.object({
  number: quantity,
  hash: hex,
  parentHash: hex,
  timestamp: quantity,
  baseFeePerGas: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
})

export function readHead(answer: unknown): Head {
  const raw = block.parse(answer)
  return { ...raw, number: Number(raw.number) }
}
