/** What the gate holds an opportunity against. USD figures have 8 decimals. */
export interface RiskLimits {
  /** Losses and gas of one UTC day at which the keeper stops. */
  readonly maxDailyLossUsd8: bigint
  /** Reverted transactions in a row at which the keeper stops until it is told to go on. */
  readonly maxConsecutiveReverts: number
  readonly maxHeadAgeMs: number
  /** How far a head's time may lie in the future: orders end by block time. Null for a chain whose clock may run ahead. */
  readonly maxHeadLeadMs?: number | null
  /** Least balance of the operator that must remain after the worst case of gas. */
  readonly minOperatorWei: bigint
  /** Most value of one token that one transaction may move. */
  readonly maxExposureUsd8: bigint
  /** Most that an exit may fall short of the oracle's price. */
  readonly maxExitShortfallBps: number
  /** Most that gas and bid together may take of the expected gain. */
  readonly maxFeeShareBps: number
  /** Backstop mode: what is said to be at a loss may be. Absent: never. */
  readonly mayLose?: boolean
  /** Optional breaker on the fee per gas; null is off. */
  readonly maxGasPriceWei: bigint | null
}
