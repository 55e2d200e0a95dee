import { AbiCoder, keccak256, toBeHex, zeroPadValue } from 'ethers'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'

export const NO_HOOKS = toAddress(`0x${'0'.repeat(40)}`)
/** Native ether as a currency of the manager. */
export const ETHER = NO_HOOKS
/** The mapping of pools in the manager's storage (`StateLibrary.POOLS_SLOT`). */
const POOLS_SLOT = 6n
/** Places in a pool's state (`Pool.State`), counted from its first slot. */
const LIQUIDITY = 3n
const TICKS = 4n
const TICK_BITMAP = 5n

const coder = AbiCoder.defaultAbiCoder()

export interface ManagedKey {
  readonly token0: Address
  readonly token1: Address
  readonly fee: number
  readonly tickSpacing: number
}

/** `PoolKey.toId()` of a pool without hooks; `token0` is `ETHER` in a pool of native ether. */
export function poolIdOf({ token0, token1, fee, tickSpacing }: ManagedKey): Hex {
  const types = ['address', 'address', 'uint24', 'int24', 'address']
  return keccak256(coder.encode(types, [token0, token1, fee, tickSpacing, NO_HOOKS])) as Hex
}

/** A name in the form of an address, which no contract has: the first 20 bytes of the id. */
export const nameOfPool = (id: Hex): Address => toAddress(id.slice(0, 42))

/** Slots of a pool's state in the manager. */
export class PoolSlots {
  private readonly base: bigint

  constructor(id: Hex) {
    this.base = BigInt(keccak256(coder.encode(['bytes32', 'uint256'], [id, POOLS_SLOT])))
  }

  slot0(): Hex {
    return word(this.base)
  }

  liquidity(): Hex {
    return word(this.base + LIQUIDITY)
  }

  /** Its word holds the gross liquidity below and the net liquidity above. */
  tick(tick: number): Hex {
    return keccak256(coder.encode(['int24', 'uint256'], [tick, this.base + TICKS])) as Hex
  }

  bitmap(word: number): Hex {
    return keccak256(coder.encode(['int16', 'uint256'], [word, this.base + TICK_BITMAP])) as Hex
  }
}

const word = (slot: bigint): Hex => zeroPadValue(toBeHex(slot), 32) as Hex
