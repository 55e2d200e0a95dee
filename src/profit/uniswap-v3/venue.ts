import { Interface } from 'ethers'
import { UNISWAP_V3_FACTORY_ABI } from '../../../abis/uniswap-v3-factory.js'
import type { VenueOf } from '../../config/venues.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../domain/chain.js'
import { Absent } from '../absent.js'
import { addressIn } from '../answers.js'
import type { LiquidityVenue, Pair, Pool, PoolRef, VenueFollower } from '../venue.js'
import { PoolFollower } from './follow-pools.js'
import { poolState, type PoolState } from './pool-state.js'
import { UniswapV3Pool } from './pool.js'
import { readPools, type PoolKey, type PoolMemory } from './read-pools.js'

const FACTORY = new Interface(UNISWAP_V3_FACTORY_ABI)

/** Followed pools that are compared with the chain at one head. */
const CHECKED_AT_ONCE = 2

/** Uniswap v3 and forks with its factory, `slot0` and tick interface. */
export class UniswapV3Venue implements LiquidityVenue {
  private readonly spacings = new Map<number, number>()
  private readonly absent = new Absent()
  private readonly keys = new Map<Address, PoolKey>()
  private readonly byPairAndFee = new Map<string, PoolKey>()
  private readonly memory = new Map<Address, PoolMemory>()
  private readonly pools = new WeakMap<PoolState, Pool>()

  constructor(private readonly config: VenueOf<'uniswapV3'>) {}

  async find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]> {
    await this.learnSpacings(reader, block)
    const wanted = pairs.flatMap((pair) => this.config.fees.map((fee) => keyOf(pair, fee)))
    const unique = [...new Map(wanted.map((w) => [w.id, w])).values()].filter((w) => w.token0 !== w.token1)
    const unknown = unique.filter((w) => !this.byPairAndFee.has(w.id) && this.absent.mayExist(w.id, block))
    const answers = await this.ask(
      reader,
      unknown.map((w) => ['getPool', [w.token0, w.token1, w.fee]]),
      block,
    )
    unknown.forEach((w, i) => {
      const address = addressIn(answers[i])
      const tickSpacing = this.spacings.get(w.fee)
      if (address === null || tickSpacing === undefined) this.absent.add(w.id, block)
      else this.remember(w.id, { address, token0: w.token0, token1: w.token1, fee: BigInt(w.fee), tickSpacing })
    })
    return unique.flatMap((w) => this.byPairAndFee.get(w.id) ?? [])
  }

  async load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]> {
    const keys = this.keysOf(pools)
    if (keys.length === 0) return []
    return (await readPools(reader, keys, block, this.memory)).map((reading) => new UniswapV3Pool(poolState(reading)))
  }

  follower(): VenueFollower {
    const follower = new PoolFollower(this.memory)
    return {
      get size() {
        return follower.size
      },
      follow: async (source, pools, change) => {
        const states = await follower.follow(source, this.keysOf(pools), change)
        return [...states.values()].map((state) => this.poolOf(state))
      },
      check: (reader, head) => follower.check(reader, head, CHECKED_AT_ONCE),
    }
  }

  private keysOf(pools: readonly PoolRef[]): readonly PoolKey[] {
    return [...new Set(pools.map((p) => p.address))].flatMap((address) => this.keys.get(address) ?? [])
  }

  /** The same pool for the same state, which keeps what was worked out of it. */
  private poolOf(state: PoolState): Pool {
    const known = this.pools.get(state)
    if (known !== undefined) return known
    const pool = new UniswapV3Pool(state)
    this.pools.set(state, pool)
    return pool
  }

  private remember(id: string, key: PoolKey): void {
    this.byPairAndFee.set(id, key)
    this.keys.set(key.address, key)
  }

  private async learnSpacings(reader: Reader, block: number): Promise<void> {
    const missing = this.config.fees.filter((fee) => !this.spacings.has(fee))
    const answers = await this.ask(
      reader,
      missing.map((fee) => ['feeAmountTickSpacing', [fee]]),
      block,
    )
    missing.forEach((fee, i) => {
      const answer = answers[i]
      const spacing = answer?.ok && answer.data.length === 66 ? Number(BigInt.asIntN(24, BigInt(answer.data))) : 0
      if (spacing > 0) this.spacings.set(fee, spacing)
    })
  }

  private async ask(reader: Reader, calls: [string, unknown[]][], block: number): Promise<readonly CallResult[]> {
    if (calls.length === 0) return []
    const requests = calls.map(([name, args]): CallRequest => ({
      to: this.config.factory,
      data: FACTORY.encodeFunctionData(name, args) as Hex,
    }))
    return reader.calls(requests, block)
  }
}

function keyOf([a, b]: Pair, fee: number): { id: string; token0: Address; token1: Address; fee: number } {
  const [token0, token1] = a < b ? [a, b] : [b, a]
  return { id: `${token0}-${token1}-${fee}`, token0, token1, fee }
}
