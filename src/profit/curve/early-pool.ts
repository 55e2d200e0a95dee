import { Interface } from 'ethers'
import { CURVE_EARLY_POOL_ABI, CURVE_FIRST_POOL_ABI } from '../../../abis/curve-stable-swap.js'
import { ERC20 } from '../../../abis/erc20.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../domain/chain.js'
import { addressIn, wordsIn } from '../answers.js'
import { earlyGetDy, exchange, type StableState } from './stable-swap.js'

const ABI = new Interface(CURVE_EARLY_POOL_ABI)
const FIRST_ABI = new Interface(CURVE_FIRST_POOL_ABI)
const TOKEN = new Interface(ERC20)
const MOST_COINS = 8
const SCALARS = ['A_precise', 'A', 'fee', 'admin_fee'] as const
/** Whole coins for which every direction's `get_dy` must be what the formula gives. */
const PROBES = [1n, 12_347n]

/** A pool before StableSwapNG, of coins that neither lend nor have a rate of their own (3pool, sUSD, crvUSD and their like). */
export interface EarlyPool {
  readonly pool: Address
  readonly coins: readonly Address[]
  readonly decimals: readonly number[]
  /** `coins` and `balances` take signed numbers. */
  readonly signed: boolean
}

/** Which of `pools` are early ones, with their coins. Rejects as `reader` does; a pool that does not answer as one is left out. */
export async function findEarlyPools(
  reader: Reader,
  pools: readonly Address[],
  block: number,
): Promise<readonly EarlyPool[]> {
  const places = Array.from({ length: MOST_COINS }, (_, i) => i)
  const each = pools.flatMap((pool) => [false, true].flatMap((signed) => places.map((i) => coin(pool, i, signed))))
  const answers = (await reader.calls(each, block)).map(addressIn)
  const found = pools.flatMap((pool, p) =>
    [false, true].flatMap((signed, s) => {
      const from = (2 * p + s) * MOST_COINS
      const listed = answers.slice(from, from + MOST_COINS)
      const count = listed.indexOf(null)
      const coins = (count < 0 ? listed : listed.slice(0, count)).filter((one) => one !== null)
      return coins.length > 1 ? [{ pool, coins, signed }] : []
    }),
  )
  const sizes = await reader.calls(
    found.flatMap(({ coins }) => coins.map((to) => ({ to, data: TOKEN.encodeFunctionData('decimals') as Hex }))),
    block,
  )
  let next = 0
  return found.flatMap(({ pool, coins, signed }) => {
    const decimals = coins.map(() => wordsIn(sizes[next++], 1)?.[0] ?? 99n)
    return decimals.every((d) => d <= 18n) ? [{ pool, coins, signed, decimals: decimals.map(Number) }] : []
  })
}

/** What is read of the pool at every block. */
export function earlyCalls({ pool, coins, decimals, signed }: EarlyPool): readonly CallRequest[] {
  const balances = coins.map((_, i) => ({
    to: pool,
    data: (signed ? FIRST_ABI : ABI).encodeFunctionData('balances', [i]) as Hex,
  }))
  const probes = probesOf(coins.length, decimals).map(([i, j, dx]) => call(pool, 'get_dy', [i, j, dx]))
  return [...balances, ...SCALARS.map((field) => call(pool, field)), ...probes]
}

/**
 * The pool by the answers to `earlyCalls`; null for one that lends, has rates, another formula or nothing in it: its own
 * `get_dy` must be what the formula gives, to the unit, in every direction.
 */
export function earlyState({ coins, decimals }: EarlyPool, answers: readonly CallResult[]): StableState | null {
  const words = answers.map((answer) => wordsIn(answer, 1)?.[0])
  const n = coins.length
  const balances = words.slice(0, n).flatMap((word) => (word === undefined || word >> 128n !== 0n ? [] : [word]))
  const [precise, plain, fee, adminFee] = words.slice(n, n + SCALARS.length)
  const amp = precise ?? (plain === undefined ? undefined : plain * 100n)
  if (balances.length < n || balances.includes(0n) || amp === undefined || amp < 100n) return null
  if (fee === undefined || adminFee === undefined) return null
  const rates = decimals.map((d) => 10n ** BigInt(36 - d))
  const flat = { balances, rates, amp, fee, adminFee, offpegFeeMultiplier: 0n }
  const probes = probesOf(n, decimals).map((probe, k) => [...probe, words[n + SCALARS.length + k]] as const)
  const fits = (state: StableState): boolean =>
    [answered, earlyGetDy].some((formula) => probes.every(([i, j, dx, dy]) => formula(state, i, j, dx) === dy))
  return [{ ...flat, perCoin: true } as const, flat].find(fits) ?? null
}

const answered: typeof earlyGetDy = (state, i, j, dx) => exchange(state, i, j, dx)?.amountOut ?? null

function probesOf(n: number, decimals: readonly number[]): readonly (readonly [number, number, bigint])[] {
  const places = Array.from({ length: n }, (_, i) => i)
  return places.flatMap((i) =>
    places
      .filter((j) => j !== i)
      .flatMap((j) => PROBES.map((whole) => [i, j, whole * 10n ** BigInt(decimals[i] ?? 0)] as const)),
  )
}

const call = (to: Address, name: string, args: readonly unknown[] = []): CallRequest => ({
  to,
  data: ABI.encodeFunctionData(name, args) as Hex,
})

const coin = (to: Address, i: number, signed: boolean): CallRequest => ({
  to,
  data: (signed ? FIRST_ABI : ABI).encodeFunctionData('coins', [i]) as Hex,
})
