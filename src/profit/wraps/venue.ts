import { Interface } from 'ethers'
import { WRAPPED_TOKENS_ABI } from '../../../abis/wrapped-tokens.js'
import type { VenueOf } from '../../config/venues.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../domain/chain.js'
import { addressIn, wordsIn } from '../answers.js'
import type { LiquidityVenue, Pair, Pool, PoolRef } from '../venue.js'
import type { WrapState } from './rate.js'
import { Wrap } from './wrap.js'

const ABI = new Interface(WRAPPED_TOKENS_ABI)
/** Amounts at which the formula must agree with the contract's own figure, as parts of everything issued. */
const PROBES = [1n, 3n, 7n, 1_000n, 999_983n, 10n ** 9n + 7n]

interface Known extends PoolRef {
  readonly by: 'redeem' | 'unwrap'
  readonly inner: Address
  /** What OpenZeppelin's vaults add to the shares: 10^(decimals − the asset's decimals). */
  readonly offset: bigint
  readonly supply: bigint
}

/**
 * Tokens that their own contract takes back at a rate. A vault whose formula is neither of the known ones is left out: its
 * `previewRedeem` must agree to the unit at every probe, at the block that is read.
 */
export class WrapsVenue implements LiquidityVenue {
  private readonly known = new Map<Address, Known | null>()

  constructor(private readonly config: VenueOf<'wraps'>) {}

  async find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]> {
    const unknown = this.config.tokens.filter(({ token }) => !this.known.has(token))
    if (unknown.length > 0) await this.learn(reader, unknown, block)
    const wanted = new Set(pairs.map(keyOf))
    return [...this.known.values()].flatMap((wrap) =>
      wrap !== null && wanted.has(keyOf([wrap.token0, wrap.token1])) ? [wrap] : [],
    )
  }

  async load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]> {
    const wraps = pools.flatMap(({ address }) => this.known.get(address) ?? [])
    if (wraps.length === 0) return []
    const answers = await reader.calls(wraps.flatMap(stateCalls), block)
    const size = 2 + PROBES.length
    return wraps.flatMap((wrap, i) => {
      const [assets, shares, ...probes] = answers.slice(i * size, (i + 1) * size).map((a) => wordsIn(a, 1)?.[0])
      if (assets === undefined || shares === undefined) return []
      const state = formulas(wrap, assets, shares).find((f) => agrees(f, wrap.supply, probes))
      return state === undefined ? [] : [new Wrap(state, wrap, wrap.by)]
    })
  }

  private async learn(
    reader: Reader,
    tokens: readonly { readonly token: Address; readonly by: 'redeem' | 'unwrap' }[],
    block: number,
  ): Promise<void> {
    const first = await reader.calls(
      tokens.flatMap(({ token, by }) => [
        call(token, by === 'redeem' ? 'asset' : 'stETH'),
        call(token, 'decimals'),
        call(token, 'totalSupply'),
      ]),
      block,
    )
    const inner = tokens.map((_, i) => addressIn(first[3 * i]))
    const second = await reader.calls(
      tokens.map(({ token }, i) => call(inner[i] ?? token, 'decimals')),
      block,
    )
    tokens.forEach(({ token, by }, i) => {
      const [asset, own, its, supply] = [
        inner[i],
        small(first[3 * i + 1]),
        small(second[i]),
        wordsIn(first[3 * i + 2], 1),
      ]
      const usable = asset && asset !== token && own !== null && its !== null && own >= its && supply
      if (!usable) this.known.set(token, null)
      else
        this.known.set(token, {
          ...ends(token, asset),
          by,
          inner: asset,
          offset: 10n ** (own - its),
          supply: supply[0] ?? 0n,
        })
    })
  }
}

const call = (to: Address, name: string, args: readonly unknown[] = []): CallRequest => ({
  to,
  data: ABI.encodeFunctionData(name, args) as Hex,
})

/** Assets, shares, then the contract's own figure at each probe. */
function stateCalls({ address, inner, by, supply }: Known): readonly CallRequest[] {
  const amounts = PROBES.map((part) => supply / part)
  return by === 'redeem'
    ? [
        call(address, 'totalAssets'),
        call(address, 'totalSupply'),
        ...amounts.map((amount) => call(address, 'previewRedeem', [amount])),
      ]
    : [
        call(inner, 'getTotalPooledEther'),
        call(inner, 'getTotalShares'),
        ...amounts.map((amount) => call(address, 'getStETHByWstETH', [amount])),
      ]
}

function formulas({ by, offset }: Known, assets: bigint, shares: bigint): readonly WrapState[] {
  const plain = { assets, shares, extraAssets: 0n, extraShares: 0n }
  return by === 'unwrap' ? [plain] : [{ ...plain, extraAssets: 1n, extraShares: offset }, plain]
}

const agrees = (state: WrapState, supply: bigint, probes: readonly (bigint | undefined)[]): boolean =>
  PROBES.every((part, i) => {
    const amount = supply / part
    const issued = state.shares + state.extraShares
    return issued > 0n && probes[i] === (amount * (state.assets + state.extraAssets)) / issued
  })

const small = (answer: CallResult | undefined): bigint | null => {
  const value = wordsIn(answer, 1)?.[0]
  return value !== undefined && value <= 36n ? value : null
}

const ends = (token: Address, asset: Address): PoolRef => {
  const [token0, token1] = token < asset ? [token, asset] : [asset, token]
  return { address: token, token0, token1 }
}
const keyOf = ([a, b]: Pair): string => (a < b ? `${a}-${b}` : `${b}-${a}`)
