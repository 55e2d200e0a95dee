import { recorded } from '../../../support/vectors.js'
import type { Market } from '../../../../src/domain/market.js'
import { AaveState, type EModeCategory, type Reserve, type Sentinel } from '../../../../strategies/aave-v3/state.js'

/** The same object with every integer as decimal text. */
type Plain<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] }

/** What a change of settings made different from the market as it was opened; absent: nothing. */
export interface Scenario {
  readonly note: string
  readonly reserves?: Readonly<Record<string, Partial<Plain<Reserve>>>>
  readonly eModes?: readonly Plain<EModeCategory>[]
  readonly sentinel?: Plain<Sentinel>
}

/** One recorded state and what the pool said to it. */
export interface VectorCase {
  /** Index into `scenarios`. */
  readonly s: number
  /** Index into `positions`. */
  readonly id: number
  /** Reserve ids of collateral and debt. */
  readonly c: number
  readonly d: number
  /** Timestamp of the block. */
  readonly t: number
  /** Oracle prices in the order of `reserves`, and that of the eMode's own source where one is set. */
  readonly p: readonly string[]
  readonly e?: string
  /** The argument debtToCover; `max` is 2^256 − 1. */
  readonly cover: string
  /** getUserAccountData: collateral, debt, health factor. */
  readonly account: readonly [string, string, string]
  /** liquidationCall: debt repaid, collateral sent to the liquidator, fee sent to the treasury. */
  readonly out?: readonly [string, string, string]
  /** DeficitCreated: reserve id, amount. */
  readonly deficit?: readonly (readonly [number, string])[]
  /** Name of the error, text of the revert, or Panic with its code. */
  readonly revert?: string
}

/** Figures of one pool revision, recorded from its contracts at `commit` on a local chain. */
export interface VectorFile {
  readonly revision: number
  readonly tag: string
  readonly repository: string
  readonly commit: string
  readonly solc: { readonly version: string; readonly optimizerRuns: number }
  readonly seed: number
  readonly reserves: readonly Plain<Reserve>[]
  readonly eModes: readonly Plain<EModeCategory>[]
  /** [user, eMode, collateral flags in hex, keys, scaled balances]. */
  readonly positions: readonly (readonly [string, number, string, readonly number[], readonly string[]])[]
  readonly scenarios: readonly Scenario[]
  readonly cases: readonly VectorCase[]
}

export const readVectors = (revision: number): VectorFile =>
  recorded('aave-v3', `rev-${String(revision)}.json`) as VectorFile

const MARKET: Market = {
  id: 'vectors',
  chainId: 31_337,
  strategy: 'aave-v3',
  deployBlock: 0,
  contracts: { pool: '0x0000000000000000000000000000000000000001' },
  implementationCodeHashes: [],
}

/** The replica as it was when the pool answered the cases of this scenario. */
export function stateOf(file: VectorFile, scenario: Scenario): AaveState {
  const state = new AaveState(MARKET, file.revision, '0x0000000000000000000000000000000000000002', false)
  for (const reserve of file.reserves) {
    const patched = { ...reserve, ...scenario.reserves?.[String(reserve.id)] }
    state.list(integers<Reserve>(patched, RESERVE_NUMBERS))
  }
  for (const category of scenario.eModes ?? file.eModes) {
    state.eModes.set(category.id, integers<EModeCategory>(category, ['threshold', 'bonus', 'collateral']))
  }
  for (const [id, eMode, flags, keys, amounts] of file.positions) {
    state.positions.set(id, { eMode, flags: BigInt(`0x${flags}`), keys: [...keys], amounts: amounts.map(BigInt) })
  }
  state.sentinel = scenario.sentinel ? integers<Sentinel>(scenario.sentinel, ['gracePeriod', 'since']) : null
  return state
}

const RESERVE_NUMBERS: readonly (keyof Reserve)[] = [
  ...(['unit', 'threshold', 'bonus', 'protocolFee', 'graceUntil', 'liquidityIndex', 'liquidityRate'] as const),
  ...(['borrowIndex', 'borrowRate', 'updatedAt', 'available', 'deficit', 'scaledDebt'] as const),
]

function integers<T extends object>(plain: Plain<T>, names: readonly (keyof T)[]): T {
  const entries = Object.entries(plain).map(([name, value]) => [
    name,
    names.includes(name as keyof T) ? BigInt(value as string) : value,
  ])
  return Object.fromEntries(entries) as T
}
