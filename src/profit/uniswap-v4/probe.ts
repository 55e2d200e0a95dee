import { Interface } from 'ethers'
import { UNISWAP_V4_ABI } from '../../../abis/uniswap-v4.js'
import type { Address, CallRequest, Hex } from '../../domain/chain.js'
import type { Field, PoolKey, PoolProbe } from '../uniswap-v3/read-pools.js'
import { PoolSlots } from './pool-id.js'

const ABI = new Interface(UNISWAP_V4_ABI)
const MILLION = 1_000_000n
/** `ProtocolFeeLibrary.MAX_PROTOCOL_FEE`, millionths. */
const MAX_PROTOCOL_FEE = 1_000n

export const loadSlot = (manager: Address, slot: Hex): CallRequest => ({
  to: manager,
  data: ABI.encodeFunctionData('extsload(bytes32)', [slot]) as Hex,
})

/** Reads pools out of the manager's storage. `slotsOf` knows the pools by their names. */
export const managerProbe = (manager: Address, slotsOf: (name: Address) => PoolSlots): PoolProbe => ({
  request: (key, field, n = 0) => loadSlot(manager, slotOf(slotsOf(key.address), field, n)),
  decode: (field, data) => {
    if (data.length !== 66) throw new RangeError('not one word')
    return partsOf(field, BigInt(data))
  },
  fees: (key, slot0) => feesOf(key, slot0),
})

function slotOf(slots: PoolSlots, field: Field, n: number): Hex {
  switch (field) {
    case 'slot0':
      return slots.slot0()
    case 'liquidity':
      return slots.liquidity()
    case 'tickBitmap':
      return slots.bitmap(n)
    case 'ticks':
      return slots.tick(n)
  }
}

function partsOf(field: Field, word: bigint): readonly bigint[] {
  switch (field) {
    case 'slot0':
      return slot0Of(word)
    case 'ticks':
      return [word & ((1n << 128n) - 1n), BigInt.asIntN(128, word >> 128n)]
    case 'liquidity':
      return [word & ((1n << 128n) - 1n)]
    case 'tickBitmap':
      return [word]
  }
}

/** Price, tick, protocol fees (down below, up above, 12 bits each), the liquidity providers' fee (`Slot0`). */
export const slot0Of = (word: bigint): readonly bigint[] => [
  word & ((1n << 160n) - 1n),
  BigInt.asIntN(24, word >> 160n),
  (word >> 184n) & 0xffffffn,
  (word >> 208n) & 0xffffffn,
]

/** Both fees from the input, one behind the other (`ProtocolFeeLibrary.calculateSwapFee`); null for another fee than the key's. */
function feesOf({ fee }: PoolKey, slot0: readonly bigint[]): { fee: bigint; feeUp: bigint } | null {
  const [, , protocol = 0n, own = 0n] = slot0
  const [down, up] = [protocol & 0xfffn, protocol >> 12n]
  if (own !== fee || down > MAX_PROTOCOL_FEE || up > MAX_PROTOCOL_FEE) return null
  const both = (extra: bigint): bigint => extra + own - (extra * own) / MILLION
  return { fee: both(down), feeUp: both(up) }
}
