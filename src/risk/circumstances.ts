import type { Head } from '../domain/chain.js'

/** What a decision depends on besides the opportunity itself. */
export interface Circumstances {
  readonly nowMs: number
  readonly head: Head
  /** When the head reached us; its own timestamp counts too, unless `clockIsOurs` is false (a devnet's clock may be anything). */
  readonly headReceivedAtMs: number
  readonly clockIsOurs: boolean
  /** The operator's coins at the newest head that was read; null when none was. */
  readonly operatorBalanceWei: bigint | null
  /** Gas limit and fee ceiling of the transaction that is to be signed. */
  readonly gasLimit: bigint
  readonly maxFeePerGas: bigint
  /** Fee per gas that is expected to be charged: base fee of the next block and tip. */
  readonly gasPriceWei: bigint
  /** What the chain charges for the transaction's data beside its gas, whatever becomes of it. */
  readonly dataFeeWei: bigint
  /** True where transactions go straight to the chain: a reverted one is mined and pays for its gas. */
  readonly revertsAreCharged: boolean
}
