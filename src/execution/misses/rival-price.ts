import { z } from 'zod'
import { toAddress } from '../../domain/chain.js'
import type { Address, Hex } from '../../domain/chain.js'
import { maxOf } from '../../domain/maths.js'
import type { ChainAsk } from '../chain-facts.js'

const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(toAddress)
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex)

const block = z.object({
  hash,
  timestamp: quantity,
  miner: address,
  extraData: z.string().default('0x'),
  baseFeePerGas: quantity.default(0n),
  transactions: z.array(z.object({ hash, from: address, value: quantity })),
})
const receipts = z.array(z.object({ transactionHash: hash, gasUsed: quantity, effectiveGasPrice: quantity }))

/** Whose block it was, and most that one transaction in it can have paid for its place. */
export interface RivalBlock {
  readonly hash: Hex
  readonly timestamp: bigint
  readonly builder: Address
  readonly extraData: string
  readonly priceWei: bigint | null
}

const asHex = (value: number): Hex => `0x${value.toString(16)}`

/** Printable text of `extraData`. */
const textOf = (hex: string): string =>
  Buffer.from(hex.slice(2), 'hex')
    .toString('utf8')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 64)

/**
 * The tips of a transaction, and all that the fee recipient got in its block beside tips: what a contract pays it directly
 * is shown by no receipt, so every direct payment of the block is counted for this one. An upper bound, therefore. What the
 * fee recipient itself spent in the block (the proposer's share) is added back.
 */
async function priceOf(ask: ChainAsk, number: number, found: z.output<typeof block>, tx: Hex): Promise<bigint> {
  const balance = (at: number): Promise<bigint> =>
    ask.request('eth_getBalance', [found.miner, asHex(at)], (answer) => quantity.parse(answer))
  const [all, after, before] = await Promise.all([
    ask.request('eth_getBlockReceipts', [asHex(number)], (answer) => receipts.parse(answer)),
    balance(number),
    balance(number - 1),
  ])
  const tipOf = ({ gasUsed, effectiveGasPrice }: (typeof all)[number]): bigint =>
    gasUsed * (effectiveGasPrice - found.baseFeePerGas)
  const own = new Set(found.transactions.filter(({ from }) => from === found.miner).map((one) => one.hash))
  const spent = [
    ...found.transactions.filter((one) => own.has(one.hash)).map(({ value }) => value),
    ...all.filter((one) => own.has(one.transactionHash)).map((one) => one.gasUsed * one.effectiveGasPrice),
  ].reduce((sum, wei) => sum + wei, 0n)
  const tips = all.reduce((sum, one) => sum + tipOf(one), 0n)
  const direct = maxOf(after - before + spent - tips, 0n)
  return all.filter((one) => one.transactionHash === tx).reduce((sum, one) => sum + tipOf(one), 0n) + direct
}

/** Rejects when the block cannot be read; a price that cannot be read is null. */
export async function readRivalBlock(ask: ChainAsk, number: number, tx: Hex): Promise<RivalBlock> {
  const found = await ask.request('eth_getBlockByNumber', [asHex(number), true], (answer) => block.parse(answer))
  const priceWei = await priceOf(ask, number, found, tx).catch(() => null)
  const { miner: builder, timestamp } = found
  return { hash: found.hash, timestamp, builder, extraData: textOf(found.extraData), priceWei }
}
