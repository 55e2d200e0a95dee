import type { Address } from '../../domain/chain.js'
import type { SwapVia } from '../../domain/steps.js'
import type { Quote, SwapPool } from '../venue.js'
import { exchange, type StableState } from './stable-swap.js'

/** Two coins of a pool, that with the lower address first, and their places in it; every pair of a larger pool is a `Pool` of its own over the same state. */
export interface CurvePair {
  readonly address: Address
  readonly pool: Address
  readonly coins: readonly [Address, Address]
  readonly places: readonly [number, number]
}

/** What a stable swap costs above a Uniswap swap, in units of the gas model's tick crossing. */
const CROSSINGS = 2

/** Sells only: a Curve pool is paid first, and has no exact output. */
export class CurvePool implements SwapPool {
  readonly address: Address
  readonly contract: Address
  readonly token0: Address
  readonly token1: Address
  readonly label = 'curve'
  readonly lends = false
  readonly via: SwapVia

  /** `pairs` are all pairs of the pool, this one among them. */
  constructor(
    readonly state: StableState,
    private readonly pair: CurvePair,
    private readonly pairs: readonly CurvePair[],
  ) {
    this.address = pair.address
    this.contract = pair.pool
    ;[this.token0, this.token1] = pair.coins
    this.via = { kind: 'curve', places: pair.places }
  }

  sell(tokenIn: Address, amountIn: bigint): Quote | null {
    const forward = tokenIn === this.token0
    const [a, b] = this.pair.places
    const done = forward ? exchange(this.state, a, b, amountIn) : exchange(this.state, b, a, amountIn)
    if (done === null) return null
    const views = this.pairs.map((pair) => new CurvePool(done.after, pair, this.pairs))
    const after = views.find(({ address }) => address === this.address) ?? this
    const alsoAfter = views.filter((view) => view !== after)
    return { amountIn, amountOut: done.amountOut, crossings: CROSSINGS, after, alsoAfter }
  }

  buy(): Quote | null {
    return null
  }
}
