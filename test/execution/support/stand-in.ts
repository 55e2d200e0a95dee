import type { Rpc } from '../../../src/devnet/rpc.js'
import { EXECUTOR } from './keeper.js'

/**
 * Stands in for executor, market and price together where a scenario needs a race and nothing of the protocols. By the size
 * of its calldata:
 * - 32 bytes: the price; a word in slot 0, not zero: there is something to take
 * - 1 byte: somebody takes a part: the bid halves
 * - 2 bytes: reverts, as a stale report does
 * - anything else, an order too: takes it and pays the bid (slot 1) to the block's builder; reverts when there is nothing.
 *   There is also something once the block's time has reached slot 3, unless that is zero
 */
const SOURCE = `
  CALLDATASIZE 0x20 EQ @update JUMPI
  CALLDATASIZE 0x01 EQ @part JUMPI
  CALLDATASIZE 0x02 EQ @no JUMPI
  0x00 SLOAD @open JUMPI
  0x03 SLOAD ISZERO @no JUMPI
  0x03 SLOAD TIMESTAMP LT @no JUMPI
  :open
  0x00 0x00 SSTORE 0x00 0x03 SSTORE
  0x00 0x00 0x00 0x00 0x01 SLOAD COINBASE GAS CALL STOP
  :update 0x00 CALLDATALOAD 0x00 SSTORE STOP
  :part 0x01 SLOAD 0x01 SHR 0x01 SSTORE STOP
  :no 0x00 0x00 REVERT`

const OPCODES: Readonly<Record<string, number>> = {
  ...{ STOP: 0x00, LT: 0x10, EQ: 0x14, ISZERO: 0x15, SHR: 0x1c, CALLDATALOAD: 0x35, CALLDATASIZE: 0x36 },
  ...{ COINBASE: 0x41, TIMESTAMP: 0x42, SLOAD: 0x54, SSTORE: 0x55, JUMPI: 0x57, GAS: 0x5a, CALL: 0xf1, REVERT: 0xfd },
}
const PUSH1 = 0x60
const JUMPDEST = 0x5b

function assemble(source: string): string {
  const words = source.trim().split(/\s+/)
  const sizeOf = (word: string): number => (word.startsWith('0x') || word.startsWith('@') ? 2 : 1)
  const places = new Map<string, number>()
  let at = 0
  for (const word of words) {
    if (word.startsWith(':')) places.set(word.slice(1), at)
    at += sizeOf(word)
  }
  const bytes = words.flatMap((word): number[] => {
    if (word.startsWith('0x')) return [PUSH1, Number(word)]
    if (word.startsWith('@')) return [PUSH1, places.get(word.slice(1)) ?? 0]
    return [word.startsWith(':') ? JUMPDEST : (OPCODES[word] ?? 0xfe)]
  })
  return `0x${Buffer.from(bytes).toString('hex')}`
}

const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`

/** Calldata of the price: there is something to take, or no more. */
export const PRICE = { down: word(1n), up: word(0n) } as const
export const PART = '0x01'
export const STALE = '0x0202'

/** Puts the stand-in at the executor's address; `open`: something can be taken; `from`: from that block time on. */
export async function standIn(rpc: Rpc, bidWei: bigint, { open = true, from = 0n } = {}): Promise<void> {
  await rpc('anvil_setCode', [EXECUTOR, assemble(SOURCE)])
  await rpc('anvil_setBalance', [EXECUTOR, '0xde0b6b3a7640000'])
  const slots = [open ? 1n : 0n, bidWei, 0n, from]
  for (const [slot, value] of slots.entries())
    await rpc('anvil_setStorageAt', [EXECUTOR, word(BigInt(slot)), word(value)])
}
