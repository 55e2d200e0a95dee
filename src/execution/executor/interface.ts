import { Interface } from 'ethers'
import { LIQUIDATION_EXECUTOR } from '../../../abis/liquidation-executor.js'

/** The executor's ABI as ethers reads it. */
export const executorInterface = new Interface(LIQUIDATION_EXECUTOR)
