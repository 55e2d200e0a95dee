import type { Address } from '../../../../src/domain/chain.js'
import { SYMBOLS } from '../../../../src/devnet/catalogue.js'
import { WAD } from '../../../../src/domain/maths.js'
import { accountOf } from '../../../../strategies/aave-v3/solvency.js'
import { borrowIndexAt } from '../../../../strategies/aave-v3/interest.js'
import {
  type AaveState,
  eModeOf,
  type Position,
  type Reserve,
  isCollateral,
  isDebtKey,
  reserveOfKey,
} from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { viewOf } from './prices.js'
import { type Random, scaled } from './random.js'
import { type Call, type World, encode } from './world.js'

/** A position with one collateral, if a few tries find one: only those can lose everything in one call. */
function pickNarrow(state: AaveState, ids: readonly Address[], random: Random): Address {
  let id = random.pick(ids)
  for (let i = 0; i < 5; i++) {
    const position = state.positions.get(id)
    if (position && reservesOf(state, position, false).length === 1) return id
    id = random.pick(ids)
  }
  return id
}

/** What one case aims at. What it really became is counted from the outcome. */
export const AIMS = ['half', 'deep', 'small', 'part', 'deficit', 'edge', 'healthy', 'settings'] as const
export type Aim = (typeof AIMS)[number]

const TARGETS: Readonly<Record<Aim, readonly [number, number]>> = {
  half: [0.955, 0.9995],
  deep: [0.78, 0.949],
  small: [0.955, 0.9995],
  part: [0.9, 0.9995],
  deficit: [0.25, 0.8],
  edge: [0.9999999, 1.0000001],
  healthy: [1.0001, 1.04],
  settings: [0.8, 0.99],
}

export interface Case {
  readonly aim: Aim
  readonly id: Address
  readonly position: Position
  readonly collateral: Reserve
  readonly debt: Reserve
  readonly timestamp: bigint
  readonly prices: ReadonlyMap<Address, bigint>
  readonly before: readonly Call[]
  /** What the plan is asked for. */
  readonly repay: bigint
  /** What the chain is called with. */
  readonly debtToCover: bigint
}

const reservesOf = (state: AaveState, position: Position, debt: boolean): Reserve[] =>
  position.keys
    .filter((key, i) => isDebtKey(key) === debt && (position.amounts[i] ?? 0n) > 0n)
    .map((key) => state.reserve(reserveOfKey(key)))
    .filter((reserve) => debt || isCollateral(position, reserve.id))

/** A random state of a standing position: time, prices near a health factor, settings, a pair and an amount. */
export function drawCase(
  world: World,
  state: AaveState,
  ids: readonly Address[],
  now: bigint,
  aim: Aim,
  random: Random,
): Case | null {
  const id = aim === 'deficit' ? pickNarrow(state, ids, random) : random.pick(ids)
  const position = state.positions.get(id)
  if (position === undefined) return null
  const collaterals = reservesOf(state, position, false)
  const debts = reservesOf(state, position, true)
  if (collaterals.length === 0 || debts.length === 0) return null
  const timestamp = now + 1n + BigInt(random.below(random.chance(0.2) ? 3_000_000 : 5_000))
  const target = random.between(...TARGETS[aim])
  const debt = random.pick(debts)
  const outside = collaterals.filter((one) => position.eMode !== 0 && eModeOf(state, position.eMode, one) === null)
  const collateral = random.pick(outside.length > 0 && random.chance(0.6) ? outside : collaterals)
  const moved = collaterals.filter((one) => !debts.includes(one))
  const prices = openPrices(world, random, [...collaterals, ...debts])
  const reached = aimAt(state, position, prices, timestamp, target, moved.length > 0 ? moved : null)
  const before = pricesCalls(world, prices)
  if (aim === 'settings') before.push(...settingsCalls(world, collateral, debt, random))
  else if (!reached) before.push(...lowerThreshold(world, state, position, collateral, prices, timestamp, target))
  const repay = amount(state, position, debt, timestamp, aim, random)
  const debtToCover = aim === 'settings' ? repay : argumentFor(state, id, collateral, debt, prices, timestamp, repay)
  return { aim, id, position, collateral, debt, timestamp, prices, before, repay, debtToCover }
}

/** The argument that the strategy itself would encode; the amount as it is where it plans nothing before the settings change. */
function argumentFor(
  state: AaveState,
  id: Address,
  collateral: Reserve,
  debt: Reserve,
  prices: ReadonlyMap<Address, bigint>,
  timestamp: bigint,
  repay: bigint,
): bigint {
  const choice = aaveV3
    .plans(state, id, viewOf(prices, timestamp), timestamp + 60n)
    .find((one) => one.collateral.address === collateral.asset && one.debt.address === debt.asset)
  if (choice === undefined || 'refusal' in choice) return repay
  const amounts = choice.at(repay)
  return 'code' in amounts ? repay : amounts.debtToCover
}

function openPrices(world: World, random: Random, used: readonly Reserve[]): Map<Address, bigint> {
  const prices = new Map(world.opening)
  for (const { asset } of used) prices.set(asset, scaled(prices.get(asset) ?? 0n, random.between(0.97, 1.03)))
  return prices
}

/** Scales the prices of `moved` until the health factor is near the target; false when it cannot be reached by them. */
function aimAt(
  state: AaveState,
  position: Position,
  prices: Map<Address, bigint>,
  timestamp: bigint,
  target: number,
  moved: readonly Reserve[] | null,
): boolean {
  if (moved === null) return false
  const wanted = BigInt(Math.round(target * 1e12)) * 1_000_000n
  let [low, high] = [1e-3, 1e3]
  const start = moved.map(({ asset }) => prices.get(asset) ?? 0n)
  const hfAt = (factor: number): bigint => {
    for (const [i, { asset }] of moved.entries()) prices.set(asset, scaled(start[i] ?? 0n, factor) || 1n)
    return accountOf(state, position, viewOf(prices, timestamp)).healthFactor
  }
  for (let i = 0; i < 36; i++) {
    const middle = Math.sqrt(low * high)
    if (hfAt(middle) < wanted) low = middle
    else high = middle
  }
  const miss = hfAt(high) - wanted
  return (miss < 0n ? -miss : miss) < WAD / 50n
}

/** The same asset on both sides: no price moves the health factor, so governance lowers the threshold. */
function lowerThreshold(
  world: World,
  state: AaveState,
  position: Position,
  collateral: Reserve,
  prices: ReadonlyMap<Address, bigint>,
  timestamp: bigint,
  target: number,
): Call[] {
  const { healthFactor } = accountOf(state, position, viewOf(prices, timestamp))
  const factor = target / (Number(healthFactor) / 1e18)
  const threshold = BigInt(Math.max(1, Math.min(8_500, Math.round(Number(collateral.threshold) * factor))))
  return [configure(world, 'configureReserveAsCollateral', [collateral.asset, 0n, threshold, collateral.bonus])]
}

const configure = ({ bed }: World, method: string, args: readonly unknown[]): Call => {
  const { configurator } = bed.market
  return { from: bed.admin.from, to: configurator.address, data: encode(configurator, method, args) }
}

/** Pauses, grace periods, new bonuses, fees and thresholds, an empty reserve: each in the block of the liquidation. */
function settingsCalls(world: World, collateral: Reserve, debt: Reserve, random: Random): Call[] {
  const { bed } = world
  const one = random.pick([collateral, debt])
  const kind = random.below(6)
  if (kind === 0)
    return [
      configure(world, bed.market.version === 'v3.0' ? 'setReservePause' : 'setReservePause(address,bool)', [
        one.asset,
        true,
      ]),
    ]
  if (kind === 1 && bed.market.version === 'v3.6') {
    return [configure(world, 'setReservePause(address,bool,uint40)', [one.asset, false, 3_600])]
  }
  if (kind === 2)
    return [configure(world, 'setLiquidationProtocolFee', [collateral.asset, BigInt(random.below(5_000))])]
  if (kind === 3) {
    const bonus = 10_001n + BigInt(random.below(1_200))
    return [
      configure(world, 'configureReserveAsCollateral', [
        collateral.asset,
        0n,
        4_000n + BigInt(random.below(4_000)),
        bonus,
      ]),
    ]
  }
  if (kind === 4) return drain(world, collateral)
  const label = ['', random.pick(['Stablecoins', 'Others'])]
  const figures = [1n, 9_000n + BigInt(random.below(500)), 10_001n + BigInt(random.below(400))]
  const rest = bed.market.version === 'v3.0' ? ['0x0000000000000000000000000000000000000000', label[1]] : [label[1]]
  return [configure(world, 'setEModeCategory', [2, ...figures, ...rest])]
}

/** The market maker withdraws nearly everything: little collateral can leave the pool. */
function drain({ bed }: World, reserve: Reserve): Call[] {
  const { pool } = bed.market
  const amount = reserve.available - reserve.unit / 1_000n
  return [
    {
      from: bed.uniswap.maker,
      to: pool.address,
      data: encode(pool, 'withdraw', [reserve.asset, amount, bed.uniswap.maker]),
    },
  ]
}

/** Ether before the token whose feed multiplies its price. */
function pricesCalls({ bed, opening }: World, prices: ReadonlyMap<Address, bigint>): Call[] {
  const calls: Call[] = []
  for (const symbol of SYMBOLS) {
    const { address } = bed.tokens[symbol]
    const price = prices.get(address) ?? 0n
    const follows = symbol === 'wstETH' && prices.get(bed.tokens.WETH.address) !== opening.get(bed.tokens.WETH.address)
    if (price === opening.get(address) && !follows) continue
    const source = bed.feeds.sources[symbol]
    calls.push({ from: bed.admin.from, to: source.address, data: encode(source, 'setAnswer', [price]) })
  }
  return calls
}

function amount(
  state: AaveState,
  position: Position,
  debt: Reserve,
  timestamp: bigint,
  aim: Aim,
  random: Random,
): bigint {
  const at = position.keys.indexOf(2 * debt.id + 1)
  const owed = state.rules.debtBalance(position.amounts[at] ?? 0n, borrowIndexAt(debt, state.rules, timestamp))
  if (aim === 'part') return scaled(owed, random.between(0.05, 1))
  if (random.chance(0.03)) return BigInt(random.below(4))
  return random.chance(0.75) ? owed + BigInt(random.below(1_000_000)) : scaled(owed, random.between(0.01, 1.1))
}
