import type { TokenSymbol } from '../catalogue.js'

/** What a borrower holds and owes, without amounts. Shares are parts of the whole in each list. */
export interface Shape {
  readonly name: string
  readonly collateral: readonly (readonly [TokenSymbol, number])[]
  readonly debt: readonly (readonly [TokenSymbol, number])[]
  /** Efficiency mode; 0 is none. */
  readonly eMode: number
}

const shape = (name: string, collateral: Shape['collateral'], debt: Shape['debt'], eMode = 0): Shape => ({
  ...{ name, collateral, debt, eMode },
})

/**
 * The mix of an Aave market: mostly ether and bitcoin against stablecoins, loops in efficiency mode, shorts, and both
 * sides in one asset. On v3.6 nobody but the `grace-period` position touches DAI, whose liquidations wait.
 */
export const SHAPES: readonly [Shape, ...Shape[]] = [
  shape('long ether', [['WETH', 1]], [['USDC', 1]]),
  shape('long ether, tether', [['WETH', 1]], [['USDT', 1]]),
  shape(
    'long ether, two debts',
    [['WETH', 1]],
    [
      ['USDC', 3],
      ['USDT', 2],
    ],
  ),
  shape('long bitcoin', [['WBTC', 1]], [['USDC', 1]]),
  shape('long bitcoin, tether', [['WBTC', 1]], [['USDT', 1]]),
  shape('bitcoin for ether', [['WBTC', 1]], [['WETH', 1]]),
  shape(
    'two collaterals',
    [
      ['WETH', 2],
      ['WBTC', 1],
    ],
    [['USDC', 1]],
  ),
  shape(
    'three collaterals, two debts',
    [
      ['WETH', 2],
      ['WBTC', 2],
      ['USDC', 1],
    ],
    [
      ['USDT', 2],
      ['USDC', 1],
    ],
  ),
  shape('staked ether', [['wstETH', 1]], [['USDC', 1]]),
  shape('staked ether loop', [['wstETH', 1]], [['WETH', 1]], 1),
  shape(
    'loop with a foreign collateral',
    [
      ['wstETH', 3],
      ['WBTC', 1],
    ],
    [['WETH', 1]],
    1,
  ),
  shape('stable carry', [['USDC', 1]], [['USDT', 1]], 2),
  shape('short ether', [['USDC', 1]], [['WETH', 1]]),
  shape(
    'ether on both sides',
    [['WETH', 1]],
    [
      ['WETH', 1],
      ['USDC', 2],
    ],
  ),
  shape('only ether, both sides', [['WETH', 1]], [['WETH', 1]]),
]

/** Positions that show one thing each; the first three are rightly not taken. */
export const SPECIALS = ['dust', 'no-route', 'grace-period', 'under-water'] as const
export type Special = (typeof SPECIALS)[number]

export const SPECIAL_SHAPES: Readonly<Record<Special, Shape>> = {
  dust: shape('dust', [['WETH', 1]], [['USDC', 1]]),
  'no-route': shape('no route', [['RARE', 1]], [['USDC', 1]]),
  'grace-period': shape('grace period', [['WETH', 1]], [['DAI', 1]]),
  'under-water': shape('under water', [['WETH', 1]], [['USDC', 1]]),
}
