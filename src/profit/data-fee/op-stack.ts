import { AbiCoder, id } from 'ethers'
import type { Address, CallRequest, CallResult, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { maxOf } from '../../domain/maths.js'

/** Predeploy `GasPriceOracle`. */
export const GAS_PRICE_ORACLE: Address = '0x420000000000000000000000000000000000000f'

/** Fees of the parent chain as the L2 knows them, wei per gas; scalars with 6 decimals. */
export interface OpStackPrices {
  readonly l1BaseFee: bigint
  readonly blobBaseFee: bigint
  readonly baseFeeScalar: bigint
  readonly blobBaseFeeScalar: bigint
  /** Operator fee: wei of a transaction without gas, and per million gas on top. */
  readonly operatorConstantWei: bigint
  readonly operatorWeiPerMillionGas: bigint
}

const MILLION = 1_000_000n
/** Fjord's regression of the size in a batch on the FastLZ size, bytes with 6 decimals (specs: Fjord, "L1-Cost fee changes"). */
const INTERCEPT = -42_585_600n
const PER_FAST_LZ_BYTE = 836_500n
const SMALLEST = 100n * MILLION

/**
 * L1 fee of a signed transaction of `fastLzSize` bytes since Fjord, wei, rounded down as the chain does
 * (`GasPriceOracle.getL1Fee`; op-geth `NewL1CostFuncFjord`).
 */
export function l1FeeWei(prices: OpStackPrices, fastLzSize: number): bigint {
  const { l1BaseFee, blobBaseFee, baseFeeScalar, blobBaseFeeScalar } = prices
  const size = maxOf(SMALLEST, INTERCEPT + PER_FAST_LZ_BYTE * BigInt(fastLzSize))
  return (size * (baseFeeScalar * l1BaseFee * 16n + blobBaseFeeScalar * blobBaseFee)) / (MILLION * MILLION)
}

/**
 * Operator fee of a transaction that uses `gas`, wei, rounded up. Isthmus and Jovian weigh the scalar differently (÷ 10⁶,
 * × 100), so both terms are read as `getOperatorFee` of nothing and of a million gas: it is linear in either.
 */
export const operatorFeeWei = ({ operatorConstantWei, operatorWeiPerMillionGas }: OpStackPrices, gas: bigint): bigint =>
  operatorConstantWei + (operatorWeiPerMillionGas * gas + MILLION - 1n) / MILLION

const call = (signature: string, argument: bigint | null = null): CallRequest => {
  const words = argument === null ? '' : AbiCoder.defaultAbiCoder().encode(['uint256'], [argument]).slice(2)
  return { to: GAS_PRICE_ORACLE, data: `${id(signature).slice(0, 10)}${words}` as Hex }
}

/** What is read once per block, in this order. */
export const OP_STACK_CALLS: readonly CallRequest[] = [
  call('l1BaseFee()'),
  call('blobBaseFee()'),
  call('baseFeeScalar()'),
  call('blobBaseFeeScalar()'),
  call('getOperatorFee(uint256)', 0n),
  call('getOperatorFee(uint256)', MILLION),
]

/** Throws `KeeperError('data-fee')` when the oracle answers otherwise than since Fjord. Before Isthmus there is no operator fee. */
export function readOpStackPrices(answers: readonly CallResult[]): OpStackPrices {
  const word = (i: number): bigint | null => {
    const answer = answers[i]
    return answer?.ok === true && /^0x[0-9a-f]{64}$/i.test(answer.data) ? BigInt(answer.data) : null
  }
  const must = (i: number): bigint => {
    const value = word(i)
    if (value !== null) return value
    throw new KeeperError('data-fee', `GasPriceOracle ${GAS_PRICE_ORACLE} does not tell the price of data`)
  }
  const constant = word(4) ?? 0n
  return {
    l1BaseFee: must(0),
    blobBaseFee: must(1),
    baseFeeScalar: must(2),
    blobBaseFeeScalar: must(3),
    operatorConstantWei: constant,
    operatorWeiPerMillionGas: maxOf((word(5) ?? 0n) - constant, 0n),
  }
}
