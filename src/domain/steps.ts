import type { Address, Hex } from './chain.js'

/**
 * What the executor contract runs, in order. Amounts are raw token units. `'all'` means what the executor holds of the
 * token above what it held when the transaction began.
 */
export type Step = FlashSwapStep | FlashLoanStep | CallStep | SwapStep | AttemptStep | ExpectStep

/** Pools that pay out first and are paid in a callback. Where a step names none, its pool is one of Uniswap v3. */
export type FlashVia =
  /** `fee` in millionths of the input. */
  | { readonly kind: 'uniswapV2'; readonly fee: number }
  /**
   * `pool` is the manager of all pools; the pool has no hooks. `fee` in millionths. `native`: the pool is one of native ether,
   * for which the wrapped native token stands.
   */
  | { readonly kind: 'uniswapV4'; readonly fee: number; readonly tickSpacing: number; readonly native?: true }

/** How tokens change hands at the address that a swap step names. */
export type SwapVia =
  | FlashVia
  /** `exchange(int128,int128,uint256,uint256)` of a Curve pool; the coins' places in it, the lower address first. */
  | { readonly kind: 'curve'; readonly places: readonly [number, number] }
  /** `tokenIn` itself is the contract that takes it back: ERC-4626 `redeem`, or `unwrap(uint256)` as wstETH has it. */
  | { readonly kind: 'unwrap'; readonly by: 'redeem' | 'unwrap' }

/**
 * Take from a pool first, run `body`, then pay the pool: no flash loan, router or approval.
 * `exactOut`: receive `amount` of tokenOut, owe at most `limit` of tokenIn. `exactIn`: owe exactly `amount` of tokenIn,
 * receive at least `limit` of tokenOut.
 */
export interface FlashSwapStep {
  readonly kind: 'flashSwap'
  readonly pool: Address
  readonly via?: FlashVia
  readonly tokenIn: Address
  readonly tokenOut: Address
  readonly mode: 'exactOut' | 'exactIn'
  readonly amount: bigint
  readonly limit: bigint
  readonly body: readonly Step[]
}

/**
 * Who lends what he holds for nothing: Morpho's `flashLoan`, or a Uniswap v4 manager, which is locked meanwhile; of native
 * ether, for which the wrapped native token stands, by `uniswapV4Native`.
 */
export type FreeVia = 'morpho' | 'uniswapV4' | 'uniswapV4Native'

/** Aave `flashLoanSimple` of `lender`, whose premium is paid from what `body` leaves, where `via` is absent. */
export interface FlashLoanStep {
  readonly kind: 'flashLoan'
  readonly lender: Address
  readonly via?: FreeVia
  readonly token: Address
  readonly amount: bigint
  readonly body: readonly Step[]
}

/** A call to an allow-listed (target, selector); `approve` is set exactly before it and back to zero after it. */
export interface CallStep {
  readonly kind: 'call'
  readonly target: Address
  readonly data: Hex
  readonly approve: { readonly token: Address; readonly amount: bigint } | null
  /** When set, the first return word must equal it (Compound v2 returns error codes instead of reverting). */
  readonly mustReturn: bigint | null
}

/** A swap with exact input straight against a pool, a Uniswap v3 pool where `via` is absent. */
export interface SwapStep {
  readonly kind: 'swap'
  readonly pool: Address
  readonly via?: SwapVia
  readonly tokenIn: Address
  readonly tokenOut: Address
  readonly amountIn: bigint | 'all'
  readonly minOut: bigint
}

/**
 * Runs `body` so that it may fail alone: what it did is undone, the executor says `Failed(number)` and goes on behind it.
 * `gas` is what the body gets at the most; the order reverts where less is left.
 */
export interface AttemptStep {
  readonly kind: 'attempt'
  /** Tells the attempts of one order apart, 0 to 255. */
  readonly number: number
  readonly gas: bigint
  readonly body: readonly Step[]
}

/** Reverts unless word `word` of the answer to this read is at least, or below, `limit`: inside an attempt, a cheap way out. */
export interface ExpectStep {
  readonly kind: 'expect'
  readonly target: Address
  readonly data: Hex
  readonly word: number
  readonly bound: 'atLeast' | 'below'
  readonly limit: bigint
}

/** If word `word` of the answer to this read is ≥ `atLeast`, the executor returns at once: the race is lost, cheaply. */
export interface HealthCheck {
  readonly target: Address
  readonly data: Hex
  readonly word: number
  readonly atLeast: bigint
}

/** Everything the executor needs for one transaction. */
export interface Order {
  /** Last block in which the order may run (`block.number <= deadlineBlock`). */
  readonly deadlineBlock: number
  /** Last block timestamp at which it may run, unix seconds: it binds also where `block.number` is another chain's. */
  readonly deadlineTime: bigint
  /** The token in which profit is measured; the chain's wrapped native token wherever a bid is paid. */
  readonly profitToken: Address
  /** Least gain of `profitToken` that must remain after the bid, raw units. */
  readonly minProfit: bigint
  /** Share of the realised gain paid to `block.coinbase`, basis points; 0 where the market bids otherwise. */
  readonly bidBps: number
  readonly minBidWei: bigint
  /** Every token the steps can move; each must end at or above its start, the surplus goes to the payout address. */
  readonly tokens: readonly Address[]
  readonly check: HealthCheck | null
  readonly steps: readonly Step[]
}
