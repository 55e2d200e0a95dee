import { KeeperError, messageOf } from '../../src/domain/errors.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import {
  type SavedPosition,
  type SavedState,
  readEMode,
  readPosition,
  readReserve,
  readSentinel,
  savedState,
} from './checkpoint-schema.js'
import { AaveState, type Position } from './state.js'

const FORMAT = 1

/** JSON text from which `loadState` restores the same state; slots are not part of it, the scan is filled anew. */
export const saveState = (state: AaveState): string => [...saveParts(state)].join('')

const POSITIONS_PER_PART = 400

/** The same text in parts, so that a large market need not hold the thread for all of it. */
export function* saveParts(state: AaveState): Generator<string> {
  // positions are the last key: what precedes them, then they in batches, then the two closing brackets
  yield JSON.stringify(parametersOf(state)).slice(0, -2)
  let batch: string[] = []
  let before = ''
  for (const [id, position] of state.positions) {
    batch.push(JSON.stringify(savePosition(id, position)))
    if (batch.length < POSITIONS_PER_PART) continue
    yield before + batch.join(',')
    before = ','
    batch = []
  }
  if (batch.length > 0) yield before + batch.join(',')
  yield ']}'
}

function parametersOf(state: AaveState): SavedState {
  return {
    format: FORMAT,
    market: state.market.id,
    pool: state.market.contracts['pool'] ?? '',
    revision: state.revision,
    oracle: state.oracle,
    followsAll: state.followsAll,
    upgraded: state.upgraded,
    flashPremiumBps: state.flashPremiumBps.toString(),
    sentinel: state.sentinel && plain(state.sentinel),
    reserves: [...state.byAsset.values()].map((reserve) => plain(reserve)),
    eModes: [...state.eModes.values()].map((category) => plain(category)),
    stale: { parameters: state.stale.parameters, positions: [...state.stale.positions].sort() },
    positions: [],
  }
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
    return restore(market, JSON.parse(text))
  } catch (error) {
    if (error instanceof KeeperError && error.code === 'checkpoint') throw error
    throw unusable(market, `is damaged: ${messageOf(error)}`, error)
  }
}

function restore(market: Market, json: unknown): AaveState {
  const parsed = savedState.safeParse(json)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    throw unusable(market, `is damaged: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`)
  }
  const saved = parsed.data
  if (saved.format !== FORMAT || saved.market !== market.id || saved.pool !== market.contracts['pool'])
    throw unusable(market, 'is not of this market, or of another format')
  const state = new AaveState(market, saved.revision, saved.oracle, saved.followsAll)
  // the code that runs now was verified at this start
  state.upgraded = false
  state.flashPremiumBps = saved.flashPremiumBps
  state.sentinel = saved.sentinel && readSentinel(saved.sentinel)
  for (const reserve of saved.reserves) state.list(readReserve(reserve))
  for (const category of saved.eModes) state.eModes.set(category.id, readEMode(category))
  state.stale.parameters = saved.stale.parameters
  for (const id of saved.stale.positions) state.stale.positions.add(id)
  for (const one of saved.positions) {
    const [id, position] = readPosition(one)
    state.positions.set(id, position)
  }
  return state
}

const unusable = (market: Market, what: string, cause?: unknown): KeeperError =>
  new KeeperError('checkpoint', `checkpoint of ${market.id} ${what}; run keeper sync again`, {}, { cause })

/** The same object with every bigint as decimal text, its keys in one order: equal states give equal texts. */
type Plain<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

function plain<T extends object>(source: T): Plain<T> {
  const copy: Partial<Record<keyof T, unknown>> = {}
  for (const key of Object.keys(source).sort() as (keyof T)[]) {
    const value: unknown = source[key]
    copy[key] = typeof value === 'bigint' ? value.toString() : value
  }
  return copy as Plain<T>
}
