import type { ChainConfig } from '../../config/market-file.js'
import type { VenueOf } from '../../config/venues.js'
import type { Address, Reader } from '../../domain/chain.js'
import { Absent } from '../absent.js'
import { wordsIn } from '../answers.js'
import { etherFrom, loansFrom } from '../free-loans.js'
import { poolState } from '../uniswap-v3/pool-state.js'
import { UniswapV3Pool } from '../uniswap-v3/pool.js'
import { readPools, type PoolKey, type PoolMemory } from '../uniswap-v3/read-pools.js'
import type { FreeLoan, LiquidityVenue, Pair, Pool, PoolRef } from '../venue.js'
import { ETHER, nameOfPool, poolIdOf, PoolSlots } from './pool-id.js'
import { loadSlot, managerProbe, slot0Of } from './probe.js'

/** A pool of the manager: its `address` is a name made of its id. */
interface Managed extends PoolKey {
  readonly slots: PoolSlots
  readonly step: { readonly fee: number; readonly tickSpacing: number; readonly native?: true }
}

/** The chain's wrapped native token, and the multicall that says how much ether somebody has. */
export type NativeOf = Pick<ChainConfig, 'wrappedNative' | 'multicall'>

/**
 * Pools of a Uniswap v4 manager that have no hooks and a fixed fee: with hooks a swap can do anything. Their swaps are those of
 * Uniswap v3, but for one rounding and the protocol's fee. A pool of native ether is one of the wrapped native token to
 * everybody else, beside that of the wrapped token itself: the executor wraps and unwraps.
 */
export class UniswapV4Venue implements LiquidityVenue {
  private readonly absent = new Absent()
  private readonly candidates = new Map<string, Managed>()
  private readonly known = new Map<Address, Managed>()
  private readonly memory = new Map<Address, PoolMemory>()

  constructor(
    private readonly config: VenueOf<'uniswapV4'>,
    private readonly chain: NativeOf,
  ) {}

  async find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]> {
    const wanted = [...new Set(pairs.flatMap((pair) => this.candidatesOf(pair)))]
    const unknown = wanted.filter((m) => !this.known.has(m.address) && this.absent.mayExist(m.address, block))
    const requests = unknown.map(({ slots }) => loadSlot(this.config.manager, slots.slot0()))
    const answers = requests.length === 0 ? [] : await reader.calls(requests, block)
    unknown.forEach((managed, i) => {
      const [price] = slot0Of(wordsIn(answers[i], 1)?.[0] ?? 0n)
      if (price === 0n) this.absent.add(managed.address, block)
      else this.known.set(managed.address, managed)
    })
    return wanted.filter(({ address }) => this.known.has(address))
  }

  async load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]> {
    const keys = [...new Set(pools.map((p) => p.address))].flatMap((address) => this.known.get(address) ?? [])
    if (keys.length === 0) return []
    const { manager } = this.config
    const slotsOf = (name: Address): PoolSlots => {
      const found = this.known.get(name)
      if (found === undefined) throw new RangeError(`no pool is called ${name}`)
      return found.slots
    }
    const readings = await readPools(reader, keys, block, this.memory, managerProbe(manager, slotsOf))
    return readings.flatMap((reading) => {
      const found = this.known.get(reading.address)
      if (found === undefined) return []
      const door = { contract: manager, via: { kind: 'uniswapV4', ...found.step } } as const
      return [new UniswapV3Pool(poolState({ ...reading, spendsAll: true }), door)]
    })
  }

  /** The manager lends what it holds of a token, whichever pools it belongs to; of ether, what it has of it. */
  async loans(reader: Reader, tokens: readonly Address[], block: number): Promise<readonly FreeLoan[]> {
    const { manager: lender } = this.config
    const { wrappedNative, multicall } = this.chain
    const found = await Promise.all([
      loansFrom(reader, { lender, via: 'uniswapV4' }, tokens, block),
      tokens.includes(wrappedNative)
        ? etherFrom(reader, { lender, via: 'uniswapV4Native', token: wrappedNative }, multicall, block)
        : [],
    ])
    return found.flat()
  }

  private candidatesOf([a, b]: Pair): readonly Managed[] {
    if (a === b) return []
    const { wrappedNative } = this.chain
    const tokens = this.inShapes(...(a < b ? ([a, b] as const) : ([b, a] as const)))
    if (a !== wrappedNative && b !== wrappedNative) return tokens
    return [...tokens, ...this.inShapes(ETHER, a === wrappedNative ? b : a)]
  }

  private inShapes(currency0: Address, currency1: Address): readonly Managed[] {
    return this.config.shapes.map(({ fee, tickSpacing }) => {
      const id = `${currency0}-${currency1}-${fee}-${tickSpacing}`
      const known = this.candidates.get(id)
      if (known !== undefined) return known
      const poolId = poolIdOf({ token0: currency0, token1: currency1, fee, tickSpacing })
      const native = currency0 === ETHER ? { native: true as const } : {}
      const made = {
        address: nameOfPool(poolId),
        token0: currency0 === ETHER ? this.chain.wrappedNative : currency0,
        token1: currency1,
        fee: BigInt(fee),
        tickSpacing,
        slots: new PoolSlots(poolId),
        step: { fee, tickSpacing, ...native },
      }
      this.candidates.set(id, made)
      return made
    })
  }
}
