import { concat, getBytes, keccak256 } from 'ethers'
import type { Hex, Reader } from '../../domain/chain.js'
import type { Order } from '../../domain/steps.js'
import { ARBITRUM_CALLS, brotliLength, posterFeeWei, posterGas, readArbitrumPrice } from './arbitrum.js'
import { ENVELOPE_BYTES, LEG_BYTES, NO_DATA_FEE, ORDER_BYTES, type DataCharge, type DataFee } from './data-fee.js'
import { fastLzLength } from './fast-lz.js'
import { l1FeeWei, operatorFeeWei, OP_STACK_CALLS, readOpStackPrices } from './op-stack.js'

type Kind = 'opStack' | 'arbitrum'

/** Rollups by chain id. Every other chain charges for gas alone. */
const ROLLUPS: ReadonlyMap<number, Kind> = new Map([
  [10, 'opStack'],
  [8453, 'opStack'],
  [42161, 'arbitrum'],
])

/** The parent chain's next block can be this much dearer (EIP-1559): its price reaches the rollup while the order waits. */
const dearer = (wei: bigint): bigint => (wei * 9n + 7n) / 8n

/** Stands for nonce, fees and signature, which are not known yet and do not compress. */
function envelope(): Uint8Array {
  const parts: Hex[] = []
  for (let i = 0; i * 32 < ENVELOPE_BYTES; i++) parts.push(keccak256(Uint8Array.of(i)) as Hex)
  return getBytes(concat(parts)).slice(0, ENVELOPE_BYTES)
}
const ENVELOPE = envelope()

/** The size that `GasPriceOracle.getL1FeeUpperBound` assumes: calldata is full of zeros, so none comes near it. */
const fastLzBound = (bytes: number): number => bytes + Math.floor(bytes / 255) + 16

interface Measure {
  /** Compressed size of a transaction. */
  sizeOf(transaction: Uint8Array): number
  /** Largest compressed size of so many bytes. */
  bound(bytes: number): number
  charge(size: number, gas: bigint): DataCharge
}

/** `encode` gives the calldata of an order. */
function feeOf({ sizeOf, bound, charge }: Measure, encode: (order: Order) => Hex): DataFee {
  const ofCall = (gas: bigint, data: Hex): DataCharge => charge(sizeOf(getBytes(concat([ENVELOPE, data]))), gas)
  return {
    estimate: (gas, legs) => charge(bound(ENVELOPE_BYTES + ORDER_BYTES + LEG_BYTES * legs), gas),
    of: (gas, order) => ofCall(gas, encode(order)),
    ofCall,
  }
}

/**
 * The rollup's price of data at `block`, one batch of reads; nothing is read on other chains. Rejects as `reader` does, and
 * with `KeeperError('data-fee')` when the chain does not tell it: guessing zero would send at a loss.
 */
export async function readDataFee(
  reader: Pick<Reader, 'calls'>,
  chainId: number,
  block: number,
  baseFeeWei: bigint,
  encode: (order: Order) => Hex,
): Promise<DataFee> {
  const kind = ROLLUPS.get(chainId)
  if (kind === undefined) return NO_DATA_FEE
  if (kind === 'opStack') {
    const prices = readOpStackPrices(await reader.calls(OP_STACK_CALLS, block))
    const charge = (size: number, gas: bigint): DataCharge => ({
      wei: dearer(l1FeeWei(prices, size)) + operatorFeeWei(prices, gas),
      gas: 0n,
    })
    return feeOf({ sizeOf: fastLzLength, bound: fastLzBound, charge }, encode)
  }
  const weiPerUnit = readArbitrumPrice(await reader.calls(ARBITRUM_CALLS, block))
  const charge = (size: number): DataCharge => {
    const wei = posterFeeWei(weiPerUnit, size)
    return { wei: dearer(wei), gas: posterGas(wei, baseFeeWei) }
  }
  return feeOf({ sizeOf: brotliLength, bound: (bytes) => bytes + 16, charge }, encode)
}
