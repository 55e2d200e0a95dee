import type { ChainConfig } from '../config/market-file.js'

/**
 * Gas by step. These are estimates for choosing between sizes and routes; `reprice` replaces their sum by the figure a
 * simulation of the exact call has measured. Measured on Aave v3.6 and Uniswap v3 on a local chain (docs/profit.md).
 */
export interface GasModel {
  /** Once per transaction: base cost, calldata, balances before and after, bid and payout. */
  readonly transaction: bigint
  readonly liquidation: bigint
  /** Another call on the same position and pair in the same exit: everything it touches is warm. */
  readonly again: bigint
  readonly swap: bigint
  readonly flashSwap: bigint
  readonly flashLoan: bigint
  /** What Morpho or a Uniswap v4 manager lends. */
  readonly freeLoan: bigint
  /** Each initialised tick that a swap crosses. */
  readonly tickCrossing: bigint
  /** A part of a transaction that may fail alone: the call of the executor to itself, and the look before it. */
  readonly attempt: bigint
  /** What a leg behind others costs of its own figure: reserves, pools and balances are warm. Basis points. */
  readonly followingBps: bigint
}

/** What the early health check of an order reads. */
const CHECK_GAS = 23_000n

/** Of orders without the early health check. */
export const DEFAULT_GAS: GasModel = {
  transaction: 62_000n,
  liquidation: 305_000n,
  again: 120_000n,
  swap: 85_000n,
  flashSwap: 95_000n,
  flashLoan: 95_000n,
  freeLoan: 55_000n,
  tickCrossing: 24_000n,
  attempt: 6_000n,
  followingBps: 7_000n,
}

/** Where a revert is charged, an order looks first whether it is late. */
export const gasModelOf = (submission: ChainConfig['submission']): GasModel =>
  looksFirst(submission) ? { ...DEFAULT_GAS, transaction: DEFAULT_GAS.transaction + CHECK_GAS } : DEFAULT_GAS

/**
 * With bundles a late order costs nothing: it reverts and is left out of the block, while one that returned early would be
 * mined for its gas, and the look itself is gas that builders rank by.
 */
export const looksFirst = (submission: ChainConfig['submission']): boolean => submission !== 'bundle'
