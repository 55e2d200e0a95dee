import { z } from 'zod'
import { toAddress } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { PositionId } from '../../src/domain/market.js'
import type { EModeCategory, Position, Reserve, Sentinel } from './state.js'

/** What a checkpoint's text must be: it is a file on a disk. Every bigint is decimal text. */

/** The pool's bitmaps have two bits per reserve. */
const MOST_RESERVES = 128

const whole = z
  .string()
  .regex(/^\d{1,78}$/, 'no decimal number')
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'no address')
  .transform(toAddress)
const small = z.number().int().min(0).max(65_535)

const reserve = z.strictObject({
  id: small,
  asset: address,
  symbol: z.string().max(100),
  decimals: small,
  unit: whole,
  aToken: address,
  debtToken: address,
  threshold: whole,
  bonus: whole,
  protocolFee: whole,
  active: z.boolean(),
  paused: z.boolean(),
  flashLoans: z.boolean(),
  category: small,
  graceUntil: whole,
  liquidityIndex: whole,
  liquidityRate: whole,
  borrowIndex: whole,
  borrowRate: whole,
  updatedAt: whole,
  available: whole,
  deficit: whole,
  scaledDebt: whole,
  source: address,
})

const eMode = z.strictObject({
  id: small,
  threshold: whole,
  bonus: whole,
  collateral: whole,
  priceAsset: address,
  priceSource: address,
})

const sentinel = z.strictObject({
  address,
  sequencerOracle: address,
  aggregator: address,
  gracePeriod: whole,
  down: z.boolean(),
  since: whole,
})

export const savedState = z.strictObject({
  format: z.number(),
  market: z.string(),
  pool: z.string(),
  revision: small,
  oracle: address,
  followsAll: z.boolean(),
  upgraded: z.boolean(),
  flashPremiumBps: whole,
  sentinel: sentinel.nullable(),
  reserves: z.array(reserve).max(MOST_RESERVES),
  eModes: z.array(eMode).max(256),
  stale: z.strictObject({ parameters: z.boolean(), positions: z.array(address) }),
  /** Read one by one by `readPosition`: there may be a million. */
  positions: z.array(z.unknown()),
})

/** What `savedState` takes, to be written. */
export type SavedState = z.input<typeof savedState>

/** [id, eMode, flags in hex, keys, amounts]. */
export type SavedPosition = readonly [PositionId, number, string, readonly number[], readonly string[]]

export const readReserve = (plain: z.output<typeof reserve>): Reserve => plain
export const readEMode = (plain: z.output<typeof eMode>): EModeCategory => plain
export const readSentinel = (plain: z.output<typeof sentinel>): Sentinel => plain

/** Throws `KeeperError('checkpoint-position')` unless this is a position; its keys may be of reserves that were dropped. */
export function readPosition(value: unknown): readonly [PositionId, Position] {
  if (!Array.isArray(value) || value.length !== 5) throw damaged('no position')
  const [id, mode, flags, keys, amounts] = value as readonly unknown[]
  if (typeof id !== 'string' || !/^0x[0-9a-f]{40}$/.test(id)) throw damaged('no address of a position')
  if (!isSmall(mode)) throw damaged(`no eMode of ${id}`)
  if (typeof flags !== 'string' || !/^[0-9a-f]{1,64}$/.test(flags)) throw damaged(`no flags of ${id}`)
  if (!Array.isArray(keys) || !Array.isArray(amounts) || keys.length !== amounts.length)
    throw damaged(`no balances of ${id}`)
  const known = (key: unknown): key is number => isSmall(key) && key < 2 * MOST_RESERVES
  if (!keys.every(known) || new Set(keys).size !== keys.length) throw damaged(`a balance of ${id} in no reserve`)
  if (!amounts.every((amount) => typeof amount === 'string' && /^\d{1,78}$/.test(amount)))
    throw damaged(`a balance of ${id} that is no number`)
  return [id, { eMode: mode, flags: BigInt(`0x${flags}`), keys: [...keys], amounts: amounts.map(BigInt) }]
}

const isSmall = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535

const damaged = (what: string): KeeperError => new KeeperError('checkpoint-position', `it holds ${what}`)
