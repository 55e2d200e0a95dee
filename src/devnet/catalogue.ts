/** The assets of the local chain and how its Aave markets treat them. Figures are close to those of Aave on Ethereum. */

export const SYMBOLS = ['WETH', 'USDC', 'USDT', 'WBTC', 'DAI', 'wstETH', 'RARE'] as const
export type TokenSymbol = (typeof SYMBOLS)[number]

export const DECIMALS: Readonly<Record<TokenSymbol, number>> = {
  WETH: 18,
  USDC: 6,
  USDT: 6,
  WBTC: 8,
  DAI: 18,
  wstETH: 18,
  RARE: 18,
}

/** Ether per wstETH, 18 decimals. Its price is this times the price of ether. */
export const WSTETH_RATIO = 1_180_000_000_000_000_000n

/** How much that may grow in a year before the cap binds, basis points: as on Ethereum. */
export const WSTETH_YEARLY_GROWTH_BPS = 968

/** Opening prices in USD with 8 decimals, as the feeds give them. */
export const OPENING_PRICES: Readonly<Record<TokenSymbol, bigint>> = {
  WETH: 2_500_00000000n,
  USDC: 1_00000000n,
  USDT: 1_00000000n,
  WBTC: 60_000_00000000n,
  DAI: 1_00000000n,
  wstETH: 2_950_00000000n,
  RARE: 10_00000000n,
}

/** Interest by use of the reserve: flat `base`, then `slope1` up to `optimal`, then `slope2`. Basis points. */
export interface Rates {
  readonly optimal: number
  readonly base: number
  readonly slope1: number
  readonly slope2: number
}

/** How a market lists an asset. All `…Bps` are basis points; the bonus includes the 100 % (10500 is 5 %). */
export interface Listing {
  readonly symbol: TokenSymbol
  readonly ltvBps: number
  readonly thresholdBps: number
  readonly bonusBps: number
  readonly protocolFeeBps: number
  readonly reserveFactorBps: number
  readonly rates: Rates
  readonly borrowable: boolean
  /** What the market's liquidity provider supplies at the start, whole tokens. */
  readonly liquidity: bigint
}

const STABLE_RATES: Rates = { optimal: 9_200, base: 0, slope1: 550, slope2: 4_000 }
const ETHER_RATES: Rates = { optimal: 9_000, base: 0, slope1: 270, slope2: 8_000 }
const SLOW_RATES: Rates = { optimal: 4_500, base: 50, slope1: 700, slope2: 30_000 }

const listing = (
  symbol: TokenSymbol,
  [ltvBps, thresholdBps, bonusBps]: readonly [number, number, number],
  [protocolFeeBps, reserveFactorBps]: readonly [number, number],
  rates: Rates,
  liquidity: bigint,
  borrowable = true,
): Listing => ({
  symbol,
  ltvBps,
  thresholdBps,
  bonusBps,
  protocolFeeBps,
  reserveFactorBps,
  rates,
  borrowable,
  liquidity,
})

export const LISTINGS: readonly Listing[] = [
  listing('WETH', [8_050, 8_300, 10_500], [1_000, 1_500], ETHER_RATES, 40_000n),
  listing('USDC', [7_500, 7_800, 10_450], [1_000, 1_000], STABLE_RATES, 100_000_000n),
  listing('USDT', [7_500, 7_800, 10_450], [1_000, 1_000], STABLE_RATES, 80_000_000n),
  listing('WBTC', [7_300, 7_800, 10_500], [1_000, 2_000], SLOW_RATES, 1_500n),
  listing('DAI', [6_300, 7_700, 10_500], [2_000, 2_500], STABLE_RATES, 50_000_000n),
  listing('wstETH', [7_850, 8_100, 10_600], [1_000, 500], SLOW_RATES, 20_000n),
  listing('RARE', [5_000, 6_000, 11_000], [1_000, 2_000], SLOW_RATES, 100_000n, false),
]

/** Efficiency mode: better figures for assets that move together. */
export interface EMode {
  readonly id: number
  readonly label: string
  readonly ltvBps: number
  readonly thresholdBps: number
  readonly bonusBps: number
  readonly members: readonly TokenSymbol[]
}

export const EMODES: readonly EMode[] = [
  { id: 1, label: 'ETH correlated', ltvBps: 9_300, thresholdBps: 9_500, bonusBps: 10_100, members: ['WETH', 'wstETH'] },
  {
    id: 2,
    label: 'Stablecoins',
    ltvBps: 9_300,
    thresholdBps: 9_500,
    bonusBps: 10_100,
    members: ['USDC', 'USDT', 'DAI'],
  },
]

export const FLASH_LOAN_PREMIUM_BPS = 5

/** Where the protocol's share of interest and liquidation fees goes. */
export const TREASURY = '0x000000000000000000000000000000000007ea5e'

/** `amount` whole tokens in raw units. */
export const whole = (symbol: TokenSymbol, amount: bigint): bigint => amount * 10n ** BigInt(DECIMALS[symbol])
