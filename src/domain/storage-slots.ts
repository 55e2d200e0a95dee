import { concat, keccak256, toBeHex, zeroPadValue } from 'ethers'
import type { Address, Hex } from './chain.js'

/** Where Solidity keeps things: "Layout of State Variables in Storage". */

/** A number as a slot or as what a slot holds. */
export const slotWord = (value: bigint): Hex => toBeHex(value, 32) as Hex

/** An address as what a slot holds. */
export const addressWord = (address: Address): Hex => zeroPadValue(address, 32) as Hex

/** Slot of `mapping[key]` for an address key; `slot`: the mapping's own. */
export const inMapping = (key: Address, slot: Hex): Hex => keccak256(concat([addressWord(key), slot])) as Hex

/** The same for a key of four bytes, which fills its word from the left. */
export const inSelectorMapping = (selector: Hex, slot: Hex): Hex =>
  keccak256(concat([selector.padEnd(66, '0'), slot])) as Hex
