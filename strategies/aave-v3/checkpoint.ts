import type { Address } from '../../src/domain/chain.js'
import { KeeperError, messageOf } from '../../src/domain/errors.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import { AaveState, type EModeCategory, type Position, type Reserve, type Sentinel } from './state.js'

const FORMAT = 1

/** [id, eMode, flags in hex, keys, amounts]. */
type SavedPosition = readonly [PositionId, number, string, readonly number[], readonly string[]]

interface Saved {
  readonly format: number
  readonly market: string
  readonly pool: string
  readonly revision: number
  readonly oracle: Address
  readonly followsAll: boolean
  readonly upgraded: boolean
  readonly flashPremiumBps: string
  readonly sentinel: Plain<Sentinel> | null
  readonly reserves: readonly Plain<Reserve>[]
  readonly eModes: readonly Plain<EModeCategory>[]
  readonly stale: { readonly parameters: boolean; readonly positions: readonly PositionId[] }
  readonly positions: readonly SavedPosition[]
}

/** The same object with every bigint as decimal text. */
type Plain<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] }

const RESERVE_NUMBERS = [
  'unit',
  'threshold',
  'bonus',
  'protocolFee',
  'graceUntil',
  'liquidityIndex',
  'liquidityRate',
  'borrowIndex',
  'borrowRate',
  'updatedAt',
  'available',
  'deficit',
  'scaledDebt',
] as const satisfies readonly (keyof Reserve)[]
const EMODE_NUMBERS = ['threshold', 'bonus', 'collateral'] as const satisfies readonly (keyof EModeCategory)[]
const SENTINEL_NUMBERS = ['gracePeriod', 'since'] as const satisfies readonly (keyof Sentinel)[]

/** JSON text from which `loadState` restores the same state; slots are not part of it, the scan is filled anew. */
export function saveState(state: AaveState): string {
  const saved: Saved = {
    format: FORMAT,
    market: state.market.id,
    pool: state.market.contracts['pool'] ?? '',
    revision: state.revision,
    oracle: state.oracle,
    followsAll: state.followsAll,
    upgraded: state.upgraded,
    flashPremiumBps: state.flashPremiumBps.toString(),
    sentinel: state.sentinel && (toPlain(state.sentinel, SENTINEL_NUMBERS) as unknown as Plain<Sentinel>),
    reserves: [...state.byAsset.values()].map((r) => toPlain(r, RESERVE_NUMBERS) as unknown as Plain<Reserve>),
    eModes: [...state.eModes.values()].map((e) => toPlain(e, EMODE_NUMBERS) as unknown as Plain<EModeCategory>),
    stale: { parameters: state.stale.parameters, positions: [...state.stale.positions].sort() },
    positions: [...state.positions].map(([id, p]) => savePosition(id, p)),
  }
  return JSON.stringify(saved)
}

const savePosition = (id: PositionId, { eMode, flags, keys, amounts }: Position): SavedPosition => [
  id,
  eMode,
  flags.toString(16),
  keys,
  amounts.map(String),
]

/** Throws `KeeperError('checkpoint')` when the text is damaged, of another format or of another market. */
export function loadState(market: Market, text: string): AaveState {
  try {
    return restore(market, JSON.parse(text) as Saved)
  } catch (error) {
    if (error instanceof KeeperError && error.code === 'checkpoint') throw error
    throw new KeeperError(
      'checkpoint',
      `checkpoint of ${market.id} is damaged: ${messageOf(error)}; run keeper sync again`,
      {},
      { cause: error },
    )
  }
}

function restore(market: Market, saved: Saved): AaveState {
  if (saved.format !== FORMAT || saved.market !== market.id || saved.pool !== market.contracts['pool']) {
    throw new KeeperError(
      'checkpoint',
      `checkpoint is not of market ${market.id} or of another format; run keeper sync again`,
    )
  }
  const state = new AaveState(market, saved.revision, saved.oracle, saved.followsAll)
  // the code that runs now was verified at this start
  state.upgraded = false
  state.flashPremiumBps = BigInt(saved.flashPremiumBps)
  state.sentinel = saved.sentinel && (fromPlain(saved.sentinel, SENTINEL_NUMBERS) as unknown as Sentinel)
  for (const reserve of saved.reserves) state.list(fromPlain(reserve, RESERVE_NUMBERS) as unknown as Reserve)
  for (const plain of saved.eModes) {
    const category = fromPlain(plain, EMODE_NUMBERS) as unknown as EModeCategory
    state.eModes.set(category.id, category)
  }
  state.stale.parameters = saved.stale.parameters
  for (const id of saved.stale.positions) state.stale.positions.add(id)
  for (const [id, eMode, flags, keys, amounts] of saved.positions) {
    state.positions.set(id, { eMode, flags: BigInt(`0x${flags}`), keys: [...keys], amounts: amounts.map(BigInt) })
  }
  return state
}

function toPlain(source: object, numbers: readonly string[]): Record<string, unknown> {
  return mapped(source, numbers, (value) => (value as bigint).toString())
}

function fromPlain(source: object, numbers: readonly string[]): Record<string, unknown> {
  return mapped(source, numbers, (value) => BigInt(value as string))
}

function mapped(
  source: object,
  numbers: readonly string[],
  change: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => [key, numbers.includes(key) ? change(value) : value]),
  )
}
