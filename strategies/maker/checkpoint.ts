import { z } from 'zod'
import type { Address, Hex } from '../../src/domain/chain.js'
import { decimal } from '../../src/domain/decimal-json.js'
import { KeeperError, messageOf } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { MakerState } from './state.js'

const FORMAT = 2
const whole = z
  .string()
  .regex(/^\d{1,78}$/, 'no decimal number')
  .transform(BigInt)

const address = z.custom<Address>((value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value))
const calc = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), tau: whole }),
  z.strictObject({ kind: z.literal('stairstep'), step: whole, cut: whole }),
  z.strictObject({ kind: z.literal('exponential'), cut: whole }),
])

const saved = z.strictObject({
  format: z.literal(FORMAT),
  market: z.string(),
  vat: z.string(),
  ilk: z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)),
  symbol: z.string().max(100),
  decimals: z.number().int().min(0).max(18),
  stale: z.boolean(),
  parameters: z.strictObject({
    ...{ rate: whole, spot: whole, dust: whole, chop: whole, Hole: whole, Dirt: whole, hole: whole, dirt: whole },
    ...{ buf: whole, tail: whole, cusp: whole, chost: whole, par: whole, mat: whole },
    ...{ stopped: whole, tip: whole, chip: whole, live: z.boolean(), curveKnown: z.boolean(), calc, curve: address },
  }),
  /** [vault, ink, art]. */
  urns: z.array(z.tuple([address, whole, whole])),
  /** [number, tab, lot, tic, top, vault]. */
  sales: z.array(z.tuple([whole, whole, whole, whole, whole, address])),
})

/** JSON text from which `loadState` restores the same state; equal states give equal texts. */
export function saveState(state: MakerState): string {
  const { market, ilk, stale, parameters } = state
  const { symbol, decimals } = state.collateral
  const urns = [...state.urns].map(([id, { ink, art }]) => [id, ink, art] as const)
  const sorted = urns.sort(([a], [b]) => (a < b ? -1 : 1))
  const numbers = Object.fromEntries(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)))
  const sales = [...state.sales]
    .map(([id, { tab, lot, tic, top, usr }]) => [id, tab, lot, tic, top, usr] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const plain = { format: FORMAT, market: market.id, vat: contractOf(market, 'vat'), ilk, symbol, decimals, stale }
  return JSON.stringify({ ...plain, parameters: numbers, urns: sorted, sales }, decimal)
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
  const { market: id, vat, ilk, symbol, decimals, stale, parameters, urns, sales } = parsed.data
  if (id !== market.id || vat !== contractOf(market, 'vat')) throw unusable(market, 'is not of this market')
  const collateral = { address: contractOf(market, 'collateral'), symbol, decimals }
  const state = new MakerState(market, ilk, parameters, collateral)
  state.stale = stale
  state.sales = new Map(sales.map(([number, tab, lot, tic, top, usr]) => [number, { tab, lot, tic, top, usr }]))
  for (const [urn, ink, art] of urns) state.urns.set(urn, { ink, art })
  return state
}

const unusable = (market: Market, what: string): KeeperError =>
  new KeeperError('checkpoint', `checkpoint of ${market.id} ${what}; run keeper sync again`)
