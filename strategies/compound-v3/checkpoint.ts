import { z } from 'zod'
import { toAddress } from '../../src/domain/chain.js'
import { KeeperError, messageOf } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { type Account, type Asset, CometState } from './state.js'

const FORMAT = 1
/** CometWithExtendedAssetList. */
const MOST_ASSETS = 24

const whole = z
  .string()
  .regex(/^\d{1,78}$/, 'no decimal number')
  .transform(BigInt)
const signed = z
  .string()
  .regex(/^-?\d{1,78}$/, 'no decimal number')
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'no address')
  .transform(toAddress)
const token = z.strictObject({ address, symbol: z.string().max(100), decimals: z.number().int().min(0).max(255) })
const rates = z.strictObject({ kink: whole, slopeLow: whole, slopeHigh: whole, base: whole })

const saved = z.strictObject({
  format: z.literal(FORMAT),
  market: z.string(),
  comet: z.string(),
  fingerprint: z.string().regex(/^0x[0-9a-f]{64}$/),
  readAt: z.number().int(),
  baseBalance: signed,
  pauses: z.strictObject({ absorb: z.boolean(), buy: z.boolean() }),
  config: z.strictObject({
    ...{ base: token, baseFeed: address, baseScale: whole, trackingIndexScale: whole, storeFrontFactor: whole },
    ...{ targetReserves: whole, trackingSupplySpeed: whole, trackingBorrowSpeed: whole, minForRewards: whole },
    ...{ supply: rates, borrow: rates },
  }),
  totals: z.strictObject({
    ...{ supplyIndex: whole, borrowIndex: whole, trackingSupplyIndex: whole, trackingBorrowIndex: whole },
    ...{ totalSupply: whole, totalBorrow: whole, accruedAt: whole },
  }),
  assets: z
    .array(
      z.strictObject({
        ...{ index: z.number().int(), token, feed: address, scale: whole, liquidateFactor: whole },
        ...{ liquidationFactor: whole, reserves: signed },
      }),
    )
    .max(MOST_ASSETS),
  stale: z.strictObject({ parameters: z.boolean(), everyone: z.boolean(), positions: z.array(address) }),
  /** [id, principal, balances by asset]. */
  positions: z.array(z.tuple([address, signed, z.array(whole).max(MOST_ASSETS)])),
})

/** JSON text from which `loadState` restores the same state; equal states give equal texts. */
export function saveState(state: CometState): string {
  const { market, readAt, baseBalance, pauses, config, totals, assets, stale, fingerprint } = state
  const plain = {
    format: FORMAT,
    market: market.id,
    comet: market.contracts['comet'] ?? '',
    fingerprint,
    readAt,
    baseBalance,
    pauses,
    config,
    totals,
    assets,
    stale: { ...stale, positions: [...stale.positions].sort() },
    positions: [...state.positions].map(([id, { principal, held }]) => [id, principal, trimmed(held)]),
  }
  return JSON.stringify(plain, (_, value: unknown) => canonical(value))
}

/** Integers as decimal text, the keys of an object in one order. */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Zeros at the end mean nothing. */
const trimmed = (held: readonly bigint[]): bigint[] => held.slice(0, held.findLastIndex((amount) => amount > 0n) + 1)

/** Throws `KeeperError('checkpoint')` when the text is damaged, of another format or of another market. */
export function loadState(market: Market, text: string): CometState {
  const json = parsed(market, text)
  const result = saved.safeParse(json)
  if (!result.success) {
    const [first] = result.error.issues
    throw unusable(market, `is damaged: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`)
  }
  const { data } = result
  if (data.market !== market.id || data.comet !== market.contracts['comet'])
    throw unusable(market, 'is not of this market')
  const state = new CometState(market, data.config, data.totals)
  state.assets = data.assets.map((asset): Asset => ({ ...asset }))
  // the code that runs now was verified at this start
  state.fingerprint = data.fingerprint as CometState['fingerprint']
  state.readAt = data.readAt
  state.baseBalance = data.baseBalance
  Object.assign(state.pauses, data.pauses)
  Object.assign(state.stale, { parameters: data.stale.parameters, everyone: data.stale.everyone })
  for (const id of data.stale.positions) state.stale.positions.add(id)
  for (const [id, principal, held] of data.positions) {
    const account: Account = { principal, held }
    state.positions.set(id, account)
  }
  return state
}

function parsed(market: Market, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusable(market, `is damaged: ${messageOf(error)}`, error)
  }
}

const unusable = (market: Market, what: string, cause?: unknown): KeeperError =>
  new KeeperError('checkpoint', `checkpoint of ${market.id} ${what}; run keeper sync again`, {}, { cause })
