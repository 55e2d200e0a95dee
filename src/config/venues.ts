import { isAddress } from 'ethers'
import { z } from 'zod'
import { toAddress, type Address } from '../domain/chain.js'

/** EIP-55: capitals are a checksum; an address in small letters has none. */
export const WRONG_CHECKSUM = 'has a wrong checksum (EIP-55): copy the address again, or write it in small letters'

export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'must be 0x and 40 hex digits', abort: true })
  .refine(isAddress, WRONG_CHECKSUM)
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

const uniswapV4 = z.strictObject({
  kind: z.literal('uniswapV4'),
  name,
  manager: address,
  /** Pools without hooks are looked for in these shapes. */
  shapes: z.array(z.strictObject({ fee, tickSpacing: z.number().int().min(1).max(32_767) })).min(1),
})

const curve = z.strictObject({
  kind: z.literal('curve'),
  name,
  /** StableSwapNG pools and plain ones before it, of coins that neither rebase nor tax transfers; each must be named. */
  pools: z.array(address).min(1),
})

const wraps = z.strictObject({
  kind: z.literal('wraps'),
  name,
  /** Tokens that their own contract takes back: ERC-4626 vaults by `redeem`, wstETH and its like by `unwrap`. */
  tokens: z.array(z.strictObject({ token: address, by: z.enum(['redeem', 'unwrap']) })).min(1),
})

const morpho = z.strictObject({
  kind: z.literal('morpho'),
  name,
  /** Morpho Blue: no pools, but it lends what it holds for nothing. */
  address,
})

export const venue = z.discriminatedUnion('kind', [uniswapV3, uniswapV2, uniswapV4, curve, wraps, morpho])

export type VenueConfig = z.output<typeof venue>
export type VenueKind = VenueConfig['kind']
export type VenueOf<K extends VenueKind> = Extract<VenueConfig, { kind: K }>

/** The contracts that a venue rests on: factory, manager, pools, tokens or lender. */
export function contractsOf(config: VenueConfig): readonly Address[] {
  switch (config.kind) {
    case 'uniswapV3':
    case 'uniswapV2':
      return [config.factory]
    case 'uniswapV4':
      return [config.manager]
    case 'curve':
      return config.pools
    case 'wraps':
      return config.tokens.map(({ token }) => token)
    case 'morpho':
      return [config.address]
  }
}
