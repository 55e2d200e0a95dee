import { gasForAttempts } from '../domain/attempts.js'
import type { Head } from '../domain/chain.js'
import { maxOf, minOf } from '../domain/maths.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Fees } from './fees.js'
import { atLeastReplacing, feesUntil } from './fees.js'

export interface TermsOptions {
  readonly submission: 'bundle' | 'privateRpc' | 'sequencer'
  readonly bid: 'coinbase' | 'priorityFee' | 'none'
  /** Tip per gas where the bid is not the tip, in wei. */
  readonly tipWei: bigint
  readonly maxTransactionGas: bigint
}

/**
 * Most gas that a run of the agent may use, half as much again as it was weighed with. It calls contracts that others chose, which
 * can use more in a block than they did when they were measured: what it may cost must be bounded beforehand.
 */
export const runGasLimit = (gas: bigint): bigint => (gas * 3n) / 2n

/** What a transaction offers for its place in a block: fees, tip and gas limit. Pure. */
export class Terms {
  constructor(private readonly options: TermsOptions) {}

  /**
   * Fees of an attempt for the block after `head` that must stay includable up to the order's deadline. `previous`: the
   * attempt of the same nonce that it replaces.
   */
  feesOf(opportunity: Opportunity, head: Head, previous: Fees | null): Fees {
    const { bid, tipWei, submission } = this.options
    // the agent's runs, and what loses, pay no bid inside: what they offer is a tip on every chain
    const outside = opportunity.call !== undefined || (opportunity.atLoss === true && bid !== 'none')
    const asTip = (bid === 'priorityFee' || outside) && opportunity.gas > 0n
    const tip = asTip ? opportunity.bidWei / opportunity.gas : tipWei
    const fees = feesUntil(head, tip, opportunity.order.deadlineBlock)
    // a bundle replaces nothing: whichever of them is mined, the others are void
    return submission === 'bundle' ? fees : atLeastReplacing(fees, previous)
  }

  /**
   * What the tip takes beyond the opportunity's bid, wei: a replacement must outbid the attempt before it, also when the
   * gain has shrunk since. The order's minimum knows of the bid alone.
   */
  tipExcessOf({ gas, bidWei, call, atLoss }: Opportunity, { maxPriorityFeePerGas }: Fees): bigint {
    const { bid } = this.options
    // what bids outside of the contract bids by its tip there too
    const isTip = bid === 'priorityFee' || (bid === 'coinbase' && (call !== undefined || atLoss === true))
    return isTip ? maxOf(maxPriorityFeePerGas * gas - bidWei, 0n) : 0n
  }

  /**
   * Gas limit: what the simulation used × 1.2, but never below the model's figure (a relay that simulates badly must not
   * starve what goes to the others), twice that where nothing was simulated; and what the chain takes out of the limit for
   * the data; no less than the promises to its attempts add up to; capped. A run of the agent has `runGasLimit`, whatever a
   * simulation used.
   */
  gasLimitOf(opportunity: Opportunity, simulatedGas: bigint | null): bigint {
    const { gas, dataGas = 0n } = opportunity
    if (opportunity.call !== undefined) return minOf(runGasLimit(gas) + dataGas, this.options.maxTransactionGas)
    // where a revert costs nothing room costs nothing either, and in the block others may have moved pools further
    const room = this.options.submission === 'bundle' ? (gas * 3n) / 2n : gas
    // what was used is told after refunds of up to a fifth, while the limit must hold before them: five quarters, and a margin
    const wanted = simulatedGas === null ? gas * 2n : maxOf((simulatedGas * 13n + 9n) / 10n, room)
    return minOf(maxOf(wanted, gasForAttempts(opportunity)) + dataGas, this.options.maxTransactionGas)
  }
}
