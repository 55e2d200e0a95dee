import type { Address } from '../../../src/domain/chain.js'
import { minOf } from '../../../src/domain/maths.js'
import type { Token } from '../../../src/domain/market.js'
import { refuse, type Refusal } from '../../../src/domain/refusal.js'
import type { Amounts, Plan } from '../../../src/domain/plan.js'
import type { MarketDesk, ProfitContext } from '../../../src/profit/context.js'
import { NO_DATA_FEE } from '../../../src/profit/data-fee/data-fee.js'
import { DEFAULT_GAS } from '../../../src/profit/gas-model.js'
import { PoolBook } from '../../../src/profit/pool-book.js'
import { poolState } from '../../../src/profit/uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../../../src/profit/uniswap-v3/pool.js'
import { sqrtPriceAtTick } from '../../../src/profit/uniswap-v3/tick-price.js'
import { windowAround } from '../../../src/profit/uniswap-v3/tick-window.js'
import { valuationOf } from '../../../src/profit/valuation.js'
import { SETTINGS } from './keeper-bed.js'
import type { Random } from './random.js'

const GWEI = 10n ** 9n
const BASE = 100_000_000

interface Asset extends Token {
  /** USD with 8 decimals. */
  readonly price: bigint
}

const asset = (n: number, symbol: string, decimals: number, usd: number): Asset => ({
  address: `0x${n.toString(16).padStart(40, '0')}`,
  symbol,
  decimals,
  price: BigInt(Math.round(usd * BASE)),
})

const NATIVE = asset(0xa1, 'WETH', 18, 2_400)
const ASSETS = [NATIVE, asset(0xb2, 'USDC', 6, 1), asset(0xc3, 'WBTC', 8, 61_000), asset(0xd4, 'DAI', 18, 1)] as const

const SHAPES = [
  { fee: 100, spacing: 1 },
  { fee: 500, spacing: 10 },
  { fee: 3_000, spacing: 60 },
  { fee: 10_000, spacing: 200 },
] as const

export interface Scene {
  readonly plan: Plan
  readonly book: PoolBook
  readonly context: ProfitContext
}

/** A plan and the pools around it: depth from scarce to plenty, prices off the oracle by up to a percent, rules with a gap. */
export function randomScene(random: Random): Scene {
  const collateral = random.pick(ASSETS)
  const debt = random.pick(ASSETS.filter((a) => a !== collateral))
  const usd = Number(random.amount(3_000, 3_000_000))
  const plan = planOf(collateral, debt, usd, random)
  const pools: UniswapV3Pool[] = []
  for (const [i, a] of ASSETS.entries())
    for (const b of ASSETS.slice(i + 1)) {
      for (const shape of SHAPES.filter(() => random.next() < 0.45)) {
        pools.push(poolOf([a, b], shape, usd * (0.3 + 30 * random.next() ** 3), random, pools.length))
      }
    }
  return { plan, book: PoolBook.of(1, pools), context: contextOf(random) }
}

function planOf(collateral: Asset, debt: Asset, usd: number, random: Random): Plan {
  const bonus = BigInt(random.int(10_200, 11_000))
  const owed = units(debt, usd)
  const dust = units(debt, 1_000)
  const maxRepay = random.next() < 0.5 ? owed : owed / 2n
  const seizable = units(collateral, usd * 1.2)
  return {
    market: 'synthetic',
    position: '0x1',
    collateral,
    debt,
    collateralPrice: collateral.price,
    debtPrice: debt.price,
    healthFactor: 9n * 10n ** 17n,
    maxRepay,
    availableCollateral: seizable,
    at(repay): Amounts | Refusal {
      const left = owed - repay
      if (left > 0n && left < dust) return refuse('dust-rule', 'leaves dust')
      const worth = (repay * debt.price * 10n ** BigInt(collateral.decimals)) / (collateral.price * unitOf(debt))
      const withBonus = (worth * bonus) / 10_000n
      const fee = (withBonus - worth) / 10n
      const debtToCover = left === 0n ? repay + repay / 100_000n : repay
      return { debtToCover, repay, seize: minOf(withBonus - fee, seizable), protocolFee: fee, deficitBase: 0n }
    },
  }
}

function poolOf(
  pair: readonly [Asset, Asset],
  shape: (typeof SHAPES)[number],
  usd: number,
  random: Random,
  index: number,
): UniswapV3Pool {
  const [a, b] = pair[0].address < pair[1].address ? pair : [pair[1], pair[0]]
  const raw = Number(a.price) / Number(unitOf(a)) / (Number(b.price) / Number(unitOf(b)))
  const tick = Math.floor(Math.log(raw * (0.99 + 0.02 * random.next())) / Math.log(1.0001))
  const { spacing } = shape
  const nets = new Map<number, bigint>()
  let liquidity = 0n
  const centre = Math.floor(tick / spacing)
  const window = windowAround(tick, spacing)
  for (let i = 0; i < 10; i++) {
    const reach = Math.ceil((2 + 1_500 * random.next()) / spacing)
    const low = (centre - random.int(0, reach)) * spacing
    const high = (centre + random.int(1, reach)) * spacing
    // what `usd / 10` of token0 gives over the whole range
    const width = 1 / Math.sqrt(1.0001 ** low) - 1 / Math.sqrt(1.0001 ** high)
    const net = BigInt(Math.floor(Number(units(a, usd / 10)) / width)) + 1n
    nets.set(low, (nets.get(low) ?? 0n) + net)
    nets.set(high, (nets.get(high) ?? 0n) - net)
    liquidity += net
  }
  const address: Address = `0x${(0xff00 + index).toString(16).padStart(40, '0')}`
  const ticks = [...nets].map(([at, liquidityNet]) => ({ index: at, liquidityNet })).sort((x, y) => x.index - y.index)
  return new UniswapV3Pool(
    poolState({
      ...{ address, token0: a.address, token1: b.address, fee: BigInt(shape.fee), tickSpacing: spacing, tick },
      ...{ sqrtPriceX96: sqrtPriceAtTick(tick), liquidity, ticks, ...window },
    }),
  )
}

function contextOf(random: Random): ProfitContext {
  const valuation = valuationOf(
    ASSETS.map((token) => ({ token, feed: token.address, source: token.address, flash: null })),
    { block: 1, timestamp: 1n, price: (feed) => ({ value: priceOf(feed), source: 'round' }) },
    NATIVE.address,
  )
  const lender: Address = `0x${'9'.repeat(40)}`
  const desk: MarketDesk = {
    valuation,
    flash: () => ({ lender, premiumBps: 5n, available: 10n ** 40n }),
    encode: (plan) => [{ kind: 'call', target: lender, data: '0x', approve: null, mustReturn: plan ? null : 0n }],
    check: () => ({ target: lender, data: '0x', word: 0, atLeast: 0n }),
  }
  return {
    chain: {
      ...{ id: 1, wrappedNative: NATIVE.address, hops: [NATIVE.address, ASSETS[1].address] },
      ...{ bid: 'coinbase', submission: 'bundle', maxTransactionGas: 16_000_000 },
    },
    deadlineBlock: 100,
    deadlineTime: 1_000n,
    gasPriceWei: random.amount(1e8, 4e10),
    bidFloorPerGasWei: GWEI / 100n,
    settings: { ...SETTINGS, minProfitUsd8: 1n },
    gas: DEFAULT_GAS,
    data: NO_DATA_FEE,
    desk: () => desk,
  }
}

const unitOf = ({ decimals }: Token): bigint => 10n ** BigInt(decimals)
const units = (token: Asset, usd: number): bigint => (BigInt(Math.round(usd * BASE)) * unitOf(token)) / token.price
const priceOf = (address: string): bigint => ASSETS.find((a) => a.address === address)?.price ?? 0n
