import { Interface } from 'ethers'
import { UNISWAP_V2_ABI } from '../../../abis/uniswap-v2.js'
import type { VenueOf } from '../../config/venues.js'
import type { Address, CallRequest, Hex, Reader } from '../../domain/chain.js'
import { Absent } from '../absent.js'
import { addressIn, wordsIn } from '../answers.js'
import type { LiquidityVenue, Pair, Pool, PoolRef } from '../venue.js'
import { UniswapV2Pair } from './pair.js'

const ABI = new Interface(UNISWAP_V2_ABI)
const RESERVES = ABI.encodeFunctionData('getReserves') as Hex

/** Uniswap v2 and forks of it whose pairs differ only in their fee. */
export class UniswapV2Venue implements LiquidityVenue {
  private readonly absent = new Absent()
  private readonly known = new Map<string, PoolRef>()

  constructor(private readonly config: VenueOf<'uniswapV2'>) {}

  async find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]> {
    const wanted = [...new Map(pairs.map((pair) => [idOf(pair), sortedPair(pair)])).entries()]
    const unknown = wanted.filter(([id, [a, b]]) => a !== b && !this.known.has(id) && this.absent.mayExist(id, block))
    const requests = unknown.map(([, [a, b]]): CallRequest => {
      return { to: this.config.factory, data: ABI.encodeFunctionData('getPair', [a, b]) as Hex }
    })
    const answers = requests.length === 0 ? [] : await reader.calls(requests, block)
    unknown.forEach(([id, [token0, token1]], i) => {
      const address = addressIn(answers[i])
      if (address === null) this.absent.add(id, block)
      else this.known.set(id, { address, token0, token1 })
    })
    return wanted.flatMap(([id]) => this.known.get(id) ?? [])
  }

  async load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]> {
    if (pools.length === 0) return []
    const answers = await reader.calls(
      pools.map(({ address }) => ({ to: address, data: RESERVES })),
      block,
    )
    return pools.flatMap(({ address, token0, token1 }, i) => {
      const [reserve0 = 0n, reserve1 = 0n] = wordsIn(answers[i], 3) ?? []
      if (reserve0 <= 0n || reserve1 <= 0n || (reserve0 | reserve1) >> 112n !== 0n) return []
      return [new UniswapV2Pair({ address, token0, token1, reserve0, reserve1, fee: this.config.fee })]
    })
  }
}

const sortedPair = ([a, b]: Pair): readonly [Address, Address] => (a < b ? [a, b] : [b, a])
const idOf = (pair: Pair): string => sortedPair(pair).join('-')
