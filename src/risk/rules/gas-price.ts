import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** MAX_GAS_GWEI, where somebody set it. */
export const gasPrice: Rule = ({ circumstances, limits }) => {
  const { gasPriceWei } = circumstances
  if (limits.maxGasPriceWei === null || gasPriceWei <= limits.maxGasPriceWei) return null
  const detail = `gas costs ${gasPriceWei} wei, MAX_GAS_GWEI allows ${limits.maxGasPriceWei}`
  return refuse('gas-price', detail, gasPriceWei.toString())
}
