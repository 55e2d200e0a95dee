import type { Random } from '../../../bench/scan/random.js'
import type { Address } from '../../../src/domain/chain.js'
import { RAY, percentMulHalfUp } from '../../../src/domain/maths.js'
import type { PricePoint, PriceView } from '../../../src/domain/prices.js'
import {
  AaveState,
  type Position,
  type Reserve,
  ZERO_ADDRESS,
  collateralKey,
  debtKey,
  isDebtKey,
  reserveOfKey,
} from '../../../strategies/aave-v3/state.js'
import { collateralBalanceAt, debtBalanceAt, thresholdOf } from '../../../strategies/aave-v3/solvency.js'
import { valuationPrice } from '../../../strategies/aave-v3/prices.js'

export const NOW = 1_700_000_000n

export const addressOf = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`

/** A whole number below 2^bits with about `bits` random bits. */
export function wide(random: Random, bits: number): bigint {
  let value = 0n
  for (let left = bits; left > 0; left -= 32) value = (value << 32n) | BigInt(random.next())
  return value >> BigInt((32 - (bits % 32)) % 32)
}

function makeReserve(id: number, random: Random): Reserve {
  const decimals = random.below(19)
  const index = (): bigint => RAY + wide(random, 88)
  return {
    id,
    asset: addressOf(10_000 + id),
    symbol: `R${id}`,
    decimals,
    unit: 10n ** BigInt(decimals),
    aToken: addressOf(20_000 + id),
    debtToken: addressOf(30_000 + id),
    threshold: id % 7 === 3 ? 1n : BigInt(1 + random.below(9_800)),
    bonus: 10_500n,
    protocolFee: 1_000n,
    ...{ active: true, paused: false, flashLoans: true, category: id % 3 === 1 ? 1 : 0, graceUntil: 0n },
    ...{ liquidityIndex: index(), liquidityRate: 0n, borrowIndex: index(), borrowRate: 0n, updatedAt: NOW },
    ...{ available: 0n, deficit: 0n, scaledDebt: 1n, source: ZERO_ADDRESS },
  }
}

/** An Aave market of one revision with random reserves (0–18 decimals, thresholds from 1 bp) and one eMode. */
export class AaveBook {
  readonly state: AaveState
  readonly prices: bigint[]
  /** Number of the reserve by its asset. */
  private readonly numbers: ReadonlyMap<string, number>

  constructor(
    revision: number,
    reserves: number,
    private readonly random: Random,
  ) {
    const contracts = { pool: addressOf(1), addressesProvider: addressOf(2), oracle: addressOf(3) }
    const market = { id: 'm', strategy: 'aave-v3', chainId: 1, contracts, deployBlock: 1, implementationCodeHashes: [] }
    this.state = new AaveState(market, revision, addressOf(3), true)
    for (let id = 0; id < reserves; id++) this.state.list(makeReserve(id, random))
    const collateral = this.state.reserves.reduce(
      (bits, r) => (r && r.id % 3 === 1 ? bits | (1n << BigInt(r.id)) : bits),
      0n,
    )
    const eMode = {
      id: 1,
      threshold: 9_300n,
      bonus: 10_100n,
      collateral,
      priceAsset: ZERO_ADDRESS,
      priceSource: ZERO_ADDRESS,
    }
    this.state.eModes.set(1, eMode)
    this.numbers = new Map(this.state.reserves.map((r, i) => [r?.asset ?? ZERO_ADDRESS, i]))
    this.prices = this.state.reserves.map(() => 1n + wide(random, 8 + random.below(40)))
  }

  /** The prices as they are when one is asked for. */
  view(block = 1): PriceView {
    const { prices, numbers } = this
    const price = (feed: string): PricePoint => ({ value: prices[numbers.get(feed) ?? -1] ?? 0n, source: 'round' })
    return { block, timestamp: NOW, price }
  }

  /** A position whose last debt brings it to a health factor of about `target` parts in 1e6, off by `off` stored units. */
  position(entries: number, target: bigint, off: number, bits: number): Position {
    const { random, state } = this
    const collaterals = 1 + random.below(entries - 1)
    const all = state.reserves.length
    const position: Position = { eMode: random.below(4) === 0 ? 1 : 0, flags: 0n, keys: [], amounts: [] }
    const put = (key: number, amount: bigint): void => {
      if (position.keys.includes(key)) return
      if (!isDebtKey(key)) position.flags |= 1n << BigInt(reserveOfKey(key))
      position.keys.push(key)
      position.amounts.push(amount > 0n ? amount : 1n)
    }
    for (let i = 0; i < collaterals; i++) put(collateralKey(random.below(all)), wide(random, 1 + random.below(bits)))
    let left = (this.weighted(position) * 1_000_000n) / target
    for (let i = collaterals; i < entries; i++) {
      const reserve = state.reserve(random.below(all))
      const key = debtKey(reserve.id)
      if (position.keys.includes(key) && i < entries - 1) continue
      const share = i === entries - 1 ? left : left / 3n
      const price = valuationPrice(state, position.eMode, reserve, this.view())
      const scaled =
        (share * reserve.unit * RAY) / (price * reserve.borrowIndex) + (i === entries - 1 ? BigInt(off) : 0n)
      put(key, scaled)
      left -= state.rules.debtBase(debtBalanceAt(state, reserve, scaled > 0n ? scaled : 1n, NOW), price, reserve.unit)
      if (left < 0n) left = 0n
    }
    return position
  }

  /** The debt in base currency at which the health factor is one, as the revision rounds it. */
  private weighted(position: Position): bigint {
    const { state } = this
    let [value, weighted] = [0n, 0n]
    position.keys.forEach((key, i) => {
      const reserve = state.reserve(reserveOfKey(key))
      const threshold = thresholdOf(state, position.eMode, reserve)
      if (threshold === null) return
      const balance = collateralBalanceAt(state, reserve, position.amounts[i] ?? 0n, NOW)
      const base = (balance * valuationPrice(state, position.eMode, reserve, this.view())) / reserve.unit
      value += base
      weighted += base * threshold
    })
    if (!state.rules.averagedThreshold) return weighted / 10_000n
    return value === 0n ? 0n : percentMulHalfUp(value, weighted / value)
  }
}
