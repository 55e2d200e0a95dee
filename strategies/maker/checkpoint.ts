import { z } from 'zod'
import type { Hex } from '../../src/domain/chain.js'
import { KeeperError, messageOf } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { MakerState } from './state.js'

const FORMAT = 1
const whole = z
  .string()
  .regex(/^\d{1,78}$/, 'no decimal number')
  .transform(BigInt)

const saved = z.strictObject({
  format: z.literal(FORMAT),
  market: z.string(),
  vat: z.string(),
  ilk: z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)),
  symbol: z.string().max(100),
  stale: z.boolean(),
  parameters: z.strictObject({
    ...{ rate: whole, spot: whole, dust: whole, chop: whole, Hole: whole, Dirt: whole, hole: whole, dirt: whole },
    ...{ stopped: whole, tip: whole, chip: whole, live: z.boolean() },
  }),
  /** [vault, ink, art]. */
  urns: z.array(z.tuple([z.string().regex(/^0x[0-9a-f]{40}$/), whole, whole])),
})

/** JSON text from which `loadState` restores the same state; equal states give equal texts. */
export function saveState(state: MakerState): string {
  const { market, ilk, collateralSymbol: symbol, stale, parameters } = state
  const urns = [...state.urns].map(([id, { ink, art }]) => [id, ink, art] as const)
  const sorted = urns.sort(([a], [b]) => (a < b ? -1 : 1))
  const numbers = Object.fromEntries(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)))
  const plain = { format: FORMAT, market: market.id, vat: contractOf(market, 'vat'), ilk, symbol, stale }
  return JSON.stringify({ ...plain, parameters: numbers, urns: sorted }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** Throws `KeeperError('checkpoint')` when the text is damaged, of another format or of another market. */
export function loadState(market: Market, text: string): MakerState {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw unusable(market, `is damaged: ${messageOf(error)}`)
  }
  const parsed = saved.safeParse(json)
  if (!parsed.success) throw unusable(market, `is damaged: ${parsed.error.issues[0]?.message ?? ''}`)
  const { market: id, vat, ilk, symbol, stale, parameters, urns } = parsed.data
  if (id !== market.id || vat !== contractOf(market, 'vat')) throw unusable(market, 'is not of this market')
  const state = new MakerState(market, ilk, parameters, symbol)
  state.stale = stale
  for (const [urn, ink, art] of urns) state.urns.set(urn, { ink, art })
  return state
}

const unusable = (market: Market, what: string): KeeperError =>
  new KeeperError('checkpoint', `checkpoint of ${market.id} ${what}; run keeper sync again`)
