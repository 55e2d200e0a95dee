import { z } from 'zod'
import { toAddress, type Address } from '../domain/chain.js'

export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits')
  .transform(toAddress)

/** Shown to people, e.g. `uniswap`, `sushi`. */
const name = z.string().min(1)
/** Millionths of the input; Uniswap writes them as hundredths of a basis point. */
const fee = z.number().int().min(0).max(999_999)

const uniswapV3 = z.strictObject({
  kind: z.literal('uniswapV3'),
  name,
  factory: address,
  /** Fee tiers to look for. */
  fees: z.array(fee.min(1)).min(1),
})

const uniswapV2 = z.strictObject({
  kind: z.literal('uniswapV2'),
  name,
  factory: address,
  /** The one fee of all pairs: 3,000 at Uniswap and SushiSwap. */
  fee: fee.default(3_000),
})

export const venue = z.discriminatedUnion('kind', [uniswapV3, uniswapV2])

export type VenueConfig = z.output<typeof venue>
export type VenueKind = VenueConfig['kind']
export type VenueOf<K extends VenueKind> = Extract<VenueConfig, { kind: K }>

/** The contracts that a venue rests on: factory, manager, pools or tokens. */
export const contractsOf = (config: VenueConfig): readonly Address[] => [config.factory]
