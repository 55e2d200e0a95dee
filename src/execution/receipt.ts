import { z } from 'zod'
import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'

export interface ReceiptLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** What a node says of a mined transaction, checked: shapes of every field, logs of this transaction alone. */
export interface Receipt {
  readonly transactionHash: Hex
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly from: Address
  /** Whom it called; absent where the node does not say. */
  readonly to?: Address
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly effectiveGasPriceWei: bigint
  /** What rollups charge beside the gas for posting to their parent chain; zero elsewhere. */
  readonly extraFeeWei: bigint
  readonly logs: readonly ReceiptLog[]
}

/** The header figures that the ledger keeps beside a booking. */
export interface BlockInfo {
  readonly number: number
  readonly hash: Hex
  readonly timestamp: bigint
  /** Fee recipient: whose block it was. */
  readonly builder: Address
  /** What the builder wrote into `extraData`, as text. */
  readonly extraData: string
}

const hex = z
  .string()
  .regex(/^0x[0-9a-fA-F]*$/)
  .transform((text) => text.toLowerCase() as Hex)
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex)
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(toAddress)

const receiptShape = z.object({
  transactionHash: hash,
  blockHash: hash,
  blockNumber: quantity,
  from: address,
  to: address.nullish(),
  status: quantity,
  gasUsed: quantity,
  effectiveGasPrice: quantity,
  l1Fee: quantity.nullish(),
  operatorFeeScalar: quantity.nullish(),
  operatorFeeConstant: quantity.nullish(),
  daFootprintGasScalar: quantity.nullish(),
  logs: z.array(z.object({ address, topics: z.array(hash).max(4), data: hex })),
})
const blockShape = z.object({
  number: quantity,
  hash,
  timestamp: quantity,
  miner: address,
  extraData: hex.default('0x'),
})

/**
 * The OP stack's operator fee, wei: gas · scalar ÷ 10⁶ + constant since Isthmus, gas · scalar · 100 + constant since Jovian,
 * which a receipt shows by its DA footprint scalar (specs: Isthmus and Jovian, "Operator Fee").
 */
function operatorFeeOf(raw: z.output<typeof receiptShape>): bigint {
  const weighed = raw.gasUsed * (raw.operatorFeeScalar ?? 0n)
  const isJovian = raw.daFootprintGasScalar !== null && raw.daFootprintGasScalar !== undefined
  return (isJovian ? weighed * 100n : weighed / 1_000_000n) + (raw.operatorFeeConstant ?? 0n)
}

/** Reads an `eth_getTransactionReceipt` answer; null when there is none. Throws when it is not a receipt of `wanted`. */
export function readReceipt(answer: unknown, wanted: Hex): Receipt | null {
  if (answer === null || answer === undefined) return null
  const raw = receiptShape.parse(answer)
  if (raw.transactionHash !== wanted) throw new Error(`the receipt of another transaction was answered for ${wanted}`)
  return {
    transactionHash: raw.transactionHash,
    blockHash: raw.blockHash,
    blockNumber: Number(raw.blockNumber),
    from: raw.from,
    ...(raw.to === null || raw.to === undefined ? {} : { to: raw.to }),
    status: raw.status === 1n ? 1 : 0,
    gasUsed: raw.gasUsed,
    effectiveGasPriceWei: raw.effectiveGasPrice,
    extraFeeWei: (raw.l1Fee ?? 0n) + operatorFeeOf(raw),
    logs: raw.logs,
  }
}

/** Reads an `eth_getBlockByNumber` answer; null when the node has no such block. */
export function readBlockInfo(answer: unknown): BlockInfo | null {
  if (answer === null || answer === undefined) return null
  const raw = blockShape.parse(answer)
  const bytes = Buffer.from(raw.extraData.slice(2), 'hex')
  const extraData = bytes
    .toString('utf8')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 64)
  return { number: Number(raw.number), hash: raw.hash, timestamp: raw.timestamp, builder: raw.miner, extraData }
}
