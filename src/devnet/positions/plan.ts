import { keccak256, toUtf8Bytes } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import type { AaveVersion } from '../aave/market.js'
import { DECIMALS, EMODES, LISTINGS, OPENING_PRICES, type Listing, type TokenSymbol } from '../catalogue.js'
import { Random } from './random.js'
import { SHAPES, SPECIALS, SPECIAL_SHAPES, type Shape, type Special } from './shapes.js'

/** Raw units of a token. */
export type Holding = readonly [TokenSymbol, bigint]

export interface PositionPlan {
  readonly account: Address
  readonly market: AaveVersion
  readonly shape: string
  readonly special: Special | null
  readonly eMode: number
  readonly collateral: readonly Holding[]
  readonly debt: readonly Holding[]
  /** Health factor aimed at under the opening prices, basis points. */
  readonly healthBps: number
  /** True when the loan is taken while volatile assets stand `SEED_RISE_BPS` higher: the limit for new loans is stricter. */
  readonly whileHigh: boolean
}

export interface PlanOptions {
  readonly borrowers: number
  readonly seed: number
  /** Default: both markets, a fifth of the borrowers on v3.0. */
  readonly markets?: readonly AaveVersion[]
  /** Default true: the first positions are the named special ones, all on v3.6, when there are at least eight. */
  readonly specials?: boolean
  /** Least and most collateral of ordinary positions in US dollars; default 3,000 and as much as the markets carry. */
  readonly sizesUsd?: readonly [number, number]
  /** Their least and greatest health factor, basis points; default 10,200 and 20,000, most of them low. */
  readonly healthBps?: readonly [number, number]
}

/** How far above the opening price volatile assets stand while some loans are taken. */
export const SEED_RISE_BPS = 13_500n
export const VOLATILE: readonly TokenSymbol[] = ['WETH', 'WBTC', 'RARE']

const SPECIAL_FIGURES: Readonly<Record<Special, { readonly usd: number; readonly healthBps: number }>> = {
  dust: { usd: 6, healthBps: 10_200 },
  'no-route': { usd: 40_000, healthBps: 10_200 },
  'grace-period': { usd: 60_000, healthBps: 10_200 },
  // worth less than what it owes: 0.83 · 1/0.8 > 1
  'under-water': { usd: 30_000, healthBps: 8_000 },
}

/** Which borrowers a devnet has: a function of its arguments alone. */
export function planPositions(options: PlanOptions): PositionPlan[] {
  const { borrowers, seed, markets = ['v3.6', 'v3.0'], specials = true } = options
  const random = new Random(seed)
  // the markets' liquidity must do for all of them
  const carried = Math.max(10_000, Math.min(400_000, 80_000_000 / Math.max(1, borrowers)))
  const [smallest, largest] = options.sizesUsd ?? [3_000, carried]
  const [weakest, soundest] = options.healthBps ?? [10_200, 20_000]
  const account = (i: number): Address => toAddress(`0x${keccak256(toUtf8Bytes(`borrower ${seed} ${i}`)).slice(-40)}`)
  const named = specials && borrowers >= 8 && markets.includes('v3.6') ? SPECIALS : []
  const plans = named.map((special, i) => {
    const { usd, healthBps } = SPECIAL_FIGURES[special]
    const name = { account: account(i), market: 'v3.6' as const, special }
    return planOne(name, SPECIAL_SHAPES[special], usd, healthBps)
  })
  for (let i = plans.length; i < borrowers; i++) {
    const market: AaveVersion = markets.length > 1 ? (i % 5 === 4 ? 'v3.0' : 'v3.6') : (markets[0] ?? 'v3.6')
    // the first ones go through the shapes in turn, so that few borrowers are still of many shapes
    const turn = i - named.length
    const shape = SHAPES[turn] ?? random.pick(SHAPES)
    // most are cautious, some are not
    const healthBps = weakest + Math.round((soundest - weakest) * random.next() ** 2)
    plans.push(
      planOne({ account: account(i), market, special: null }, shape, random.logUniform(smallest, largest), healthBps),
    )
  }
  return plans
}

type Name = Pick<PositionPlan, 'account' | 'market' | 'special'>

function planOne(name: Name, shape: Shape, usd: number, wantedHealthBps: number): PositionPlan {
  const whileHigh = shape.collateral.some(([s]) => s !== 'USDC') && shape.debt.every(([s]) => isStable(s))
  const collateral8 = split(BigInt(Math.round(usd * 100)) * 1_000_000n, shape.collateral)
  const capacity = (figure: 'ltvBps' | 'thresholdBps', high: boolean): bigint =>
    collateral8.reduce(
      (sum, [s, value8]) => sum + (risen(s, value8, high) * figureOf(s, shape.eMode, figure)) / 10_000n,
      0n,
    )
  const capacity8 = capacity('thresholdBps', false)
  // a new loan may be worth 99.8 % of the limit at most, at the prices at which it is taken
  const most8 = (capacity('ltvBps', whileHigh) * 998n) / 1_000n
  const wanted8 = (capacity8 * 10_000n) / BigInt(wantedHealthBps)
  const debt8 = wanted8 < most8 ? wanted8 : most8
  return {
    ...name,
    shape: shape.name,
    eMode: shape.eMode,
    collateral: collateral8.map(([s, value8]) => [s, raw(s, value8)]),
    debt: split(debt8, shape.debt).map(([s, value8]) => [s, raw(s, value8)]),
    healthBps: Number((capacity8 * 10_000n) / debt8),
    whileHigh,
  }
}

const isStable = (symbol: TokenSymbol): boolean => symbol === 'USDC' || symbol === 'USDT' || symbol === 'DAI'

const risen = (symbol: TokenSymbol, value8: bigint, high: boolean): bigint =>
  high && !isStable(symbol) ? (value8 * SEED_RISE_BPS) / 10_000n : value8

const raw = (symbol: TokenSymbol, value8: bigint): bigint =>
  (value8 * 10n ** BigInt(DECIMALS[symbol])) / OPENING_PRICES[symbol]

function split(total: bigint, parts: readonly (readonly [TokenSymbol, number])[]): [TokenSymbol, bigint][] {
  const sum = BigInt(parts.reduce((all, [, share]) => all + share, 0))
  return parts.map(([symbol, share]) => [symbol, (total * BigInt(share)) / sum])
}

/** The category's figure for its members, the reserve's own for others. */
function figureOf(symbol: TokenSymbol, eMode: number, figure: 'ltvBps' | 'thresholdBps'): bigint {
  const category = EMODES.find(({ id, members }) => id === eMode && members.includes(symbol))
  const own = LISTINGS.find((l): l is Listing => l.symbol === symbol)
  return BigInt((category ?? own)?.[figure] ?? 0)
}
