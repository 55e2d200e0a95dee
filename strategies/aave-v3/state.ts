import type { Address } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { MarketState } from '../../src/domain/strategy.js'
import { type RuleSet, rulesFor } from './rules.js'
import { SlotTable } from './slots.js'

/** One listed asset. Indexes and rates in ray, thresholds, bonus and fee in basis points, times in unix seconds. */
export interface Reserve {
  readonly id: number
  readonly asset: Address
  readonly symbol: string
  readonly decimals: number
  /** 10^decimals. */
  readonly unit: bigint
  readonly aToken: Address
  readonly debtToken: Address
  threshold: bigint
  /** 10500n is a bonus of 5 %. */
  bonus: bigint
  protocolFee: bigint
  active: boolean
  paused: boolean
  flashLoans: boolean
  /** Revisions ≤ 4: the one eMode this reserve belongs to. */
  category: number
  graceUntil: bigint
  liquidityIndex: bigint
  liquidityRate: bigint
  borrowIndex: bigint
  borrowRate: bigint
  updatedAt: bigint
  /** Underlying that can leave the pool now. Revisions ≤ 3: a lower bound, gifts to the aToken are seen at the next read. */
  available: bigint
  /** Debt written off and not yet covered, in tokens. */
  deficit: bigint
  /** Sum of all scaled variable debt: without debt the borrow index stands still. */
  scaledDebt: bigint
  /** AaveOracle.getSourceOfAsset. */
  source: Address
}

/** An efficiency mode. `collateral` is a bitmap over reserve ids (revisions ≥ 5), `priceAsset` the oracle's key (≤ 4). */
export interface EModeCategory {
  readonly id: number
  threshold: bigint
  bonus: bigint
  collateral: bigint
  priceAsset: Address
  /** AaveOracle.getSourceOfAsset(priceAsset). */
  priceSource: Address
}

/** PriceOracleSentinel of an L2: liquidations wait for `gracePeriod` seconds after the sequencer came back. */
export interface Sentinel {
  readonly address: Address
  readonly sequencerOracle: Address
  /** The aggregator behind the sequencer oracle, whose events say that it went up or down; zero when there is none. */
  readonly aggregator: Address
  readonly gracePeriod: bigint
  readonly down: boolean
  readonly since: bigint
}

/**
 * A user. `keys[i]` = 2·reserveId + (1 for debt), `amounts[i]` the scaled balance. A key that is absent is a debt of zero,
 * or a collateral that was never read: see `AaveState.followsAll`.
 */
export interface Position {
  eMode: number
  /** Bitmap over reserve ids: used as collateral. */
  flags: bigint
  readonly keys: number[]
  readonly amounts: bigint[]
}

export const collateralKey = (reserveId: number): number => 2 * reserveId
export const debtKey = (reserveId: number): number => 2 * reserveId + 1
export const isDebtKey = (key: number): boolean => (key & 1) === 1
export const reserveOfKey = (key: number): number => key >> 1

export interface TokenRole {
  readonly reserve: number
  readonly debt: boolean
}

/** What is left to read because no event carries it. */
export interface Stale {
  parameters: boolean
  readonly positions: Set<PositionId>
}

export class AaveState implements MarketState {
  /** By reserve id; null where a reserve was dropped. */
  readonly reserves: (Reserve | null)[] = []
  readonly byAsset = new Map<Address, Reserve>()
  readonly tokens = new Map<Address, TokenRole>()
  readonly eModes = new Map<number, EModeCategory>()
  readonly positions = new Map<PositionId, Position>()
  readonly stale: Stale = { parameters: false, positions: new Set() }
  /** Which slot stands for what; not part of a checkpoint, a new scan gets new rows. */
  readonly slots = new SlotTable()
  sentinel: Sentinel | null = null
  flashPremiumBps = 0n
  /** The pool's implementation changed while we ran: nothing is planned until the new code was verified at a start. */
  upgraded = false
  rules: RuleSet

  constructor(
    readonly market: Market,
    public revision: number,
    public oracle: Address,
    /** A full replay follows every user from the first event; a snapshot knows borrowers only. */
    readonly followsAll: boolean,
  ) {
    this.rules = rulesFor(revision)
  }

  reserve(id: number): Reserve {
    const reserve = this.reserves[id]
    if (!reserve) throw new KeeperError('unknown-reserve', `${this.market.id}: reserve ${id} is not listed`, { id })
    return reserve
  }

  /** Indexes a reserve by id, asset and tokens. */
  list(reserve: Reserve): void {
    while (this.reserves.length <= reserve.id) this.reserves.push(null)
    this.reserves[reserve.id] = reserve
    this.byAsset.set(reserve.asset, reserve)
    this.tokens.set(reserve.aToken, { reserve: reserve.id, debt: false })
    this.tokens.set(reserve.debtToken, { reserve: reserve.id, debt: true })
  }
}

/** Scaled balance under `key`; undefined when it was never read (a debt never read is zero). */
export function scaledOf(position: Position, key: number): bigint | undefined {
  const at = position.keys.indexOf(key)
  return at < 0 ? undefined : position.amounts[at]
}

export const isCollateral = (position: Position, reserveId: number): boolean =>
  ((position.flags >> BigInt(reserveId)) & 1n) === 1n

export const hasDebt = (position: Position): boolean =>
  position.keys.some((key, i) => isDebtKey(key) && (position.amounts[i] ?? 0n) > 0n)

export const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000'

/** The eMode category whose threshold and bonus hold for this collateral, or null: the reserve's own hold. */
export function eModeOf(state: AaveState, eMode: number, reserve: Reserve): EModeCategory | null {
  if (eMode === 0) return null
  const category = state.eModes.get(eMode)
  if (category === undefined) return null
  const member =
    state.rules.eMode === 'category'
      ? reserve.category === eMode
      : ((category.collateral >> BigInt(reserve.id)) & 1n) === 1n
  return member ? category : null
}
