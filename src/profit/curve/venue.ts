import { Interface, keccak256 } from 'ethers'
import { CURVE_STABLE_SWAP_ABI } from '../../../abis/curve-stable-swap.js'
import type { VenueOf } from '../../config/venues.js'
import {
  toAddress,
  type Address,
  type CallRequest,
  type CallResult,
  type Hex,
  type Reader,
} from '../../domain/chain.js'
import { addressIn, wordsIn } from '../answers.js'
import type { LiquidityVenue, Pair, Pool, PoolRef } from '../venue.js'
import { earlyCalls, earlyState, findEarlyPools } from './early-pool.js'
import { CurvePool, type CurvePair } from './pool.js'
import type { StableState } from './stable-swap.js'

const ABI = new Interface(CURVE_STABLE_SWAP_ABI)
/** Of the pools that tell a version, this source is known to the wei. */
const VERSION = 'v7.0.0'
const MOST_COINS = 8
const STATE = ['get_balances', 'stored_rates', 'A_precise', 'fee', 'offpeg_fee_multiplier', 'admin_fee'] as const

/**
 * Pools that the market file names, of coins that neither rebase nor take a fee from transfers: StableSwapNG, and those before
 * it whose own quotes are to the unit what the formula gives. Any other is left out. Amplification and rates are those of the block that is read: while they are being moved, the
 * next block's differ within the tolerance.
 */
export class CurveVenue implements LiquidityVenue {
  private readonly known = new Map<Address, Known>()

  constructor(private readonly config: VenueOf<'curve'>) {}

  async find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]> {
    const unknown = this.config.pools.filter((pool) => !this.known.has(pool))
    if (unknown.length > 0) await this.learn(reader, unknown, block)
    const wanted = new Set(pairs.map(([a, b]) => (a < b ? `${a}-${b}` : `${b}-${a}`)))
    return [...this.known.values()]
      .flatMap(({ pairs: all }) => all)
      .flatMap(({ address, coins }) => {
        const [token0, token1] = coins
        return wanted.has(`${token0}-${token1}`) ? [{ address, token0, token1 }] : []
      })
  }

  async load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]> {
    const names = new Set(pools.map(({ address }) => address))
    const wanted = [...this.known.values()].filter(({ pairs }) => pairs.some(({ address }) => names.has(address)))
    if (wanted.length === 0) return []
    const requests = wanted.map(({ calls }) => calls)
    const answers = await reader.calls(requests.flat(), block)
    let from = 0
    return wanted.flatMap(({ pairs, calls, stateOf }) => {
      const state = stateOf(answers.slice(from, (from += calls.length)))
      return state === null ? [] : pairs.map((pair) => new CurvePool(state, pair, pairs))
    })
  }

  private async learn(reader: Reader, pools: readonly Address[], block: number): Promise<void> {
    const places = Array.from({ length: MOST_COINS }, (_, i) => i)
    const each = pools.map((pool) => [call(pool, 'version'), ...places.map((i) => call(pool, 'coins', [i]))])
    const answers = await reader.calls(each.flat(), block)
    const others: Address[] = []
    pools.forEach((pool, p) => {
      const [version, ...coins] = answers.slice(p * (MOST_COINS + 1), (p + 1) * (MOST_COINS + 1))
      const found = coins.map(addressIn)
      const count = found.indexOf(null)
      const listed = (count < 0 ? found : found.slice(0, count)).filter((coin) => coin !== null)
      if (textIn(version) !== VERSION) others.push(pool)
      else this.known.set(pool, nextGeneration(pool, pairsOf(pool, listed)))
    })
    for (const pool of others) this.known.set(pool, { pairs: [], calls: [], stateOf: () => null })
    for (const early of others.length === 0 ? [] : await findEarlyPools(reader, others, block)) {
      const stateOf = (own: readonly CallResult[]): StableState | null => earlyState(early, own)
      this.known.set(early.pool, { pairs: pairsOf(early.pool, early.coins), calls: earlyCalls(early), stateOf })
    }
  }
}

/** A pool with the pairs of its coins, and what to ask at every block. */
interface Known {
  readonly pairs: readonly CurvePair[]
  readonly calls: readonly CallRequest[]
  stateOf(answers: readonly CallResult[]): StableState | null
}

const nextGeneration = (pool: Address, pairs: readonly CurvePair[]): Known => ({
  pairs,
  calls: STATE.map((field) => call(pool, field)),
  stateOf: (answers) => stateOf(answers, coinsOf(pairs)),
})

const call = (to: Address, name: string, args: readonly unknown[] = []): CallRequest => ({
  to,
  data: ABI.encodeFunctionData(name, args) as Hex,
})

function pairsOf(pool: Address, coins: readonly Address[]): readonly CurvePair[] {
  return coins.flatMap((a, i) =>
    coins.slice(i + 1).map((b, k): CurvePair => {
      const j = i + 1 + k
      const name = coins.length === 2 ? pool : toAddress(keccak256(`${pool}${hex(i)}${hex(j)}`).slice(0, 42))
      const ends = { address: name, pool }
      return a < b ? { ...ends, coins: [a, b], places: [i, j] } : { ...ends, coins: [b, a], places: [j, i] }
    }),
  )
}

const hex = (i: number): string => i.toString(16).padStart(2, '0')
const coinsOf = (pairs: readonly CurvePair[]): number => Math.max(...pairs.flatMap(({ places }) => places)) + 1

function stateOf(answers: readonly CallResult[], coins: number): StableState | null {
  const [balances, rates, ...rest] = answers
  const [amp, fee, offpegFeeMultiplier, adminFee] = rest.map((answer) => wordsIn(answer, 1)?.[0])
  const lists = [listIn(balances, coins), listIn(rates, coins)] as const
  if (!lists[0] || !lists[1] || amp === undefined || amp < 100n) return null
  if (fee === undefined || offpegFeeMultiplier === undefined || adminFee === undefined) return null
  return { balances: lists[0], rates: lists[1], amp, fee, offpegFeeMultiplier, adminFee }
}

/** A dynamic array of exactly `count` positive numbers below 2^128. */
function listIn(answer: CallResult | undefined, count: number): readonly bigint[] | null {
  const [offset, length, ...values] = wordsIn(answer, 2 + count) ?? []
  if (offset !== 32n || length !== BigInt(count)) return null
  return values.every((value) => value > 0n && value >> 128n === 0n) ? values : null
}

function textIn(answer: CallResult | undefined): string | null {
  if (!answer?.ok) return null
  try {
    return String(ABI.decodeFunctionResult('version', answer.data)[0])
  } catch {
    return null
  }
}
