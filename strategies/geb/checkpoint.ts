import { z } from 'zod'
import { toAddress, type Hex } from '../../src/domain/chain.js'
import { decimal } from '../../src/domain/decimal-json.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { GebState } from './state.js'

const FORMAT = 3
const big = z.string().regex(/^\d+$/).transform(BigInt)

const saved = z.strictObject({
  format: z.literal(FORMAT),
  market: z.string(),
  engine: z.string(),
  cType: z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)),
  symbol: z.string(),
  stale: z.boolean(),
  parameters: z.strictObject({
    rate: big,
    liquidationPrice: big,
    debtFloor: big,
    penalty: big,
    quantity: big,
    onAuctionLimit: big,
    onAuction: big,
    dust: z.enum(['refused', 'auctioned']),
    enabled: z.boolean(),
  }),
  safes: z.array(z.tuple([z.string(), big, big])),
  saviours: z.array(z.tuple([z.string(), z.string().transform(toAddress)])),
})

/** JSON text from which `loadState` restores the same state. */
export function saveState(state: GebState): string {
  const { market, cType, collateralSymbol: symbol, stale, parameters } = state
  const safes = [...state.safes].map(([id, { locked, debt }]) => [id, locked, debt])
  const saviours = [...state.saviours].sort(([a], [b]) => (a < b ? -1 : 1))
  const engine = contractOf(market, 'safeEngine')
  const what = { format: FORMAT, market: market.id, engine, cType, symbol, stale, parameters, safes, saviours }
  return JSON.stringify(what, decimal)
}

/** Throws `KeeperError('checkpoint')` when the text is damaged or of another market. */
export function loadState(market: Market, text: string): GebState {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unusable(market, 'is damaged', cause)
  }
  const parsed = saved.safeParse(json)
  if (!parsed.success) throw unusable(market, `is damaged: ${parsed.error.issues[0]?.message ?? ''}`)
  const { market: id, engine, cType, symbol, stale, parameters, safes, saviours } = parsed.data
  if (id !== market.id || engine !== contractOf(market, 'safeEngine')) throw unusable(market, 'is not of this market')
  const state = new GebState(market, cType, parameters, symbol)
  state.stale = stale
  for (const [safe, locked, debt] of safes) state.safes.set(safe, { locked, debt })
  for (const [safe, saviour] of saviours) state.saviours.set(safe, saviour)
  return state
}

const unusable = (market: Market, what: string, cause?: unknown): KeeperError =>
  new KeeperError('checkpoint', `checkpoint of ${market.id} ${what}; run keeper sync again`, {}, { cause })
