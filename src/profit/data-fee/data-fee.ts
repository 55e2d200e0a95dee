import type { Hex } from '../../domain/chain.js'
import type { Order } from '../../domain/steps.js'

/** What a rollup charges for publishing a transaction. */
export interface DataCharge {
  /** Wei, beside gas × price. */
  readonly wei: bigint
  /** Gas that is taken out of the transaction's limit for it; it is paid with `wei`, not again. */
  readonly gas: bigint
}

/** The rollup's price of data at one block. */
export interface DataFee {
  /** Of a transaction that uses `gas` and whose order with `legs` liquidations is not built yet: rather too much. */
  estimate(gas: bigint, legs: number): DataCharge
  /** Of exactly this order. */
  of(gas: bigint, order: Order): DataCharge
  /** Of exactly this calldata. */
  ofCall(gas: bigint, data: Hex): DataCharge
}

export const NO_CHARGE: DataCharge = { wei: 0n, gas: 0n }
/** A chain that charges for gas alone. */
export const NO_DATA_FEE: DataFee = { estimate: () => NO_CHARGE, of: () => NO_CHARGE, ofCall: () => NO_CHARGE }

/**
 * Upper bounds of the calldata before it exists, bytes: the order's own fields, and each liquidation with the steps of the
 * longest route. A test holds them against real orders.
 */
export const ORDER_BYTES = 640
export const LEG_BYTES = 900
/** Everything of a signed type-2 transaction but the calldata: nonce, fees, limit, address, signature, and their lengths. */
export const ENVELOPE_BYTES = 140
