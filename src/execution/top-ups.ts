import { formatEther } from 'ethers'
import type { Address } from '../domain/chain.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { ChainFacts } from './chain-facts.js'

export interface TopUpOptions {
  readonly minOperatorWei: bigint
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Says once when an operator falls below its floor, and again when it does so after it was topped up. */
export class TopUps {
  private readonly low = new Set<Address>()

  constructor(private readonly options: TopUpOptions) {}

  look({ balancesWei }: Pick<ChainFacts, 'balancesWei'>, operators: readonly Address[]): void {
    const { minOperatorWei, logger, metrics } = this.options
    for (const operator of operators) {
      const balance = balancesWei.get(operator)
      if (balance === undefined) continue
      const isLow = balance < minOperatorWei
      metrics.gauge('operator_balance', Number(balance) / 1e18, { operator })
      metrics.gauge('operator_low', isLow ? 1 : 0, { operator })
      if (isLow && !this.low.has(operator)) {
        const hint = `below MIN_OPERATOR_ETH ${formatEther(minOperatorWei)}: it signs nothing until it is topped up`
        logger.warn('top-up', { operator, balance: formatEther(balance), hint })
      }
      if (isLow) this.low.add(operator)
      else this.low.delete(operator)
    }
  }
}
