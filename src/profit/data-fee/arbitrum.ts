import { constants, brotliCompressSync } from 'node:zlib'
import { id } from 'ethers'
import type { Address, CallRequest, CallResult, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { divCeil } from '../../domain/maths.js'

/** Precompile `ArbGasInfo`. */
export const ARB_GAS_INFO: Address = '0x000000000000000000000000000000000000006c'

/** Read once per block: the price of one unit of the parent chain's calldata, wei. */
export const ARBITRUM_CALLS: readonly CallRequest[] = [
  { to: ARB_GAS_INFO, data: id('getL1BaseFeeEstimate()').slice(0, 10) as Hex },
]

/** Units per compressed byte (nitro: `TxDataNonZeroGasEIP2028`). */
const UNITS_PER_BYTE = 16n

/** Bytes after Brotli at the level and window with which Nitro measures a transaction (ArbOS 20 and later: level 1, window 22). */
export const brotliLength = (data: Uint8Array): number =>
  brotliCompressSync(data, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).length

/** What the poster is paid for a transaction of this compressed size, wei (nitro `L1PricingState.GetPosterInfo`). */
export const posterFeeWei = (weiPerUnit: bigint, compressedBytes: number): bigint =>
  weiPerUnit * UNITS_PER_BYTE * BigInt(compressedBytes)

/**
 * Gas that the fee takes out of the limit: fee / base fee (nitro `GetPosterGas`), with the base fee an eighth lower and the
 * fee a tenth higher than now, as Nitro's own estimation assumes. Rounded up.
 */
export const posterGas = (feeWei: bigint, baseFeeWei: bigint): bigint =>
  baseFeeWei === 0n ? 0n : divCeil(feeWei * 11n * 8n, baseFeeWei * 10n * 7n)

/** Throws `KeeperError('data-fee')` when the precompile does not answer. */
export function readArbitrumPrice([answer]: readonly CallResult[]): bigint {
  if (answer?.ok === true && /^0x[0-9a-f]{64}$/i.test(answer.data)) return BigInt(answer.data)
  throw new KeeperError('data-fee', `ArbGasInfo ${ARB_GAS_INFO} does not tell the price of data`)
}
