import { Interface } from 'ethers'
import { AAVE_V3_POOL } from '../../../abis/aave-v3-pool.js'
import { whole, type TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Address, Hex } from '../../../src/domain/chain.js'
import type { CallStep, FlashSwapStep, FreeVia, Order, Step } from '../../../src/domain/steps.js'
import type { ExecutorBed } from './executor-bed.js'

export const POOL_INTERFACE = new Interface(AAVE_V3_POOL)

/** A borrower who is under water after `moveMarket`: 10 WETH at 2,400 against 20,000 USDC, health factor 0.996. */
export async function sinkingBorrower(bed: ExecutorBed, user: Address): Promise<void> {
  await bed.supply('WETH', user, whole('WETH', 10n))
  await bed.borrow('USDC', user, whole('USDC', 20_000n))
}

export function liquidation(
  bed: ExecutorBed,
  [collateral, debt]: readonly [TokenSymbol, TokenSymbol],
  user: Address,
  debtToCover: bigint,
  receiveAToken = false,
): CallStep {
  const args = [bed.token(collateral), bed.token(debt), user, debtToCover, receiveAToken]
  return {
    kind: 'call',
    target: bed.market.pool.address,
    data: POOL_INTERFACE.encodeFunctionData('liquidationCall', args) as Hex,
    approve: { token: bed.token(debt), amount: debtToCover },
    mustReturn: null,
  }
}

/** An order over WETH and USDC that gains WETH; 1 wei is enough. */
export function orderOf(bed: ExecutorBed, steps: readonly Step[], change: Partial<Order> = {}): Order {
  return {
    deadlineBlock: 1_000_000,
    deadlineTime: 2n ** 40n,
    profitToken: bed.token('WETH'),
    minProfit: 1n,
    bidBps: 0,
    minBidWei: 0n,
    tokens: [bed.token('WETH'), bed.token('USDC')],
    check: null,
    steps,
    ...change,
  }
}

/** The usual order: buy 10,000 USDC from the pool that takes WETH, liquidate with it, pay the pool out of the collateral. */
export function flashSwapOrder(bed: ExecutorBed, user: Address, change: Partial<Order> = {}): Order {
  const amount = whole('USDC', 10_000n)
  const step: Step = {
    kind: 'flashSwap',
    pool: bed.pair('WETH', 'USDC', 500),
    tokenIn: bed.token('WETH'),
    tokenOut: bed.token('USDC'),
    mode: 'exactOut',
    amount,
    limit: whole('WETH', 43n) / 10n,
    body: [liquidation(bed, ['WETH', 'USDC'], user, amount)],
  }
  return orderOf(bed, [step], change)
}

/** The same by Aave's flash loan and a swap of all that was seized. */
export function flashLoanOrder(bed: ExecutorBed, user: Address, change: Partial<Order> = {}): Order {
  const [WETH, USDC] = [bed.token('WETH'), bed.token('USDC')]
  const amount = whole('USDC', 10_000n)
  const buyBack: Step = {
    kind: 'flashSwap',
    pool: bed.pair('WETH', 'USDC', 500),
    tokenIn: WETH,
    tokenOut: USDC,
    mode: 'exactOut',
    amount: amount + (amount * 5n) / 10_000n,
    limit: whole('WETH', 43n) / 10n,
    body: [],
  }
  const body = [liquidation(bed, ['WETH', 'USDC'], user, amount), buyBack]
  return orderOf(bed, [{ kind: 'flashLoan', lender: bed.market.pool.address, token: USDC, amount, body }], change)
}

/** The same with what Morpho or a Uniswap v4 manager lends for nothing. */
export function freeLoanOrder(
  bed: ExecutorBed,
  user: Address,
  via: FreeVia,
  lender: Address,
  change: Partial<Order> = {},
): Order {
  const { steps, ...rest } = flashLoanOrder(bed, user, change)
  const [loan] = steps
  if (loan?.kind !== 'flashLoan') throw new Error('shape')
  return { ...rest, steps: [{ ...loan, lender, via }] }
}

/** A borrower of WBTC: 1 WBTC against 43,700 USDC, under water at 55,500. */
export async function bitcoinBorrower(bed: ExecutorBed, user: Address): Promise<void> {
  await bed.supply('WBTC', user, whole('WBTC', 1n))
  await bed.borrow('USDC', user, whole('USDC', 43_700n))
}

/** There is no pool of WBTC and USDC: the debt comes from WETH/USDC, all collateral goes into WBTC/WETH. */
export function twoPoolExit(bed: ExecutorBed, user: Address, minOut = whole('WETH', 8n)): FlashSwapStep {
  const [WBTC, WETH] = [bed.token('WBTC'), bed.token('WETH')]
  const amount = whole('USDC', 20_000n)
  const pool = bed.pair('WBTC', 'WETH', 3_000)
  const sell: Step = { kind: 'swap', pool, tokenIn: WBTC, tokenOut: WETH, amountIn: 'all', minOut }
  return {
    kind: 'flashSwap',
    pool: bed.pair('WETH', 'USDC', 500),
    tokenIn: WETH,
    tokenOut: bed.token('USDC'),
    mode: 'exactOut',
    amount,
    limit: whole('WETH', 9n),
    body: [liquidation(bed, ['WBTC', 'USDC'], user, amount), sell],
  }
}
