import type { Address } from '../../domain/chain.js'
import type { FlashVia } from '../../domain/steps.js'
import type { FlashPool, Quote } from '../venue.js'
import type { PoolState } from './pool-state.js'
import { afterSwap, swapExactIn, swapExactOut, type SwapResult } from './swap.js'

/** Where a pool is traded with that is no contract of its own. */
export interface Door {
  readonly contract: Address
  readonly via: FlashVia
}

/** A Uniswap v3 pool at one block, or one of a v4 manager, as the rest of the room sees it. */
export class UniswapV3Pool implements FlashPool {
  readonly address: Address
  readonly contract: Address
  readonly lends = true
  readonly via?: FlashVia
  readonly token0: Address
  readonly token1: Address
  readonly label: string
  private current: PoolState
  private pending: SwapResult | null = null

  constructor(
    state: PoolState,
    private readonly door: Door | null = null,
  ) {
    this.address = state.address
    this.contract = door?.contract ?? state.address
    if (door !== null) this.via = door.via
    this.token0 = state.token0
    this.token1 = state.token1
    this.label = `${doorName(door)}${Number(state.fee) / 10_000} %`
    this.current = state
  }

  /** Worked out when it is asked for: most quotes are thrown away, and the tick of a price takes a search. */
  get state(): PoolState {
    if (this.pending !== null) {
      this.current = afterSwap(this.current, this.pending)
      this.pending = null
    }
    return this.current
  }

  sell(tokenIn: Address, amountIn: bigint): Quote | null {
    return amountIn <= 0n ? null : this.quote(swapExactIn(this.state, tokenIn === this.token0, amountIn))
  }

  buy(tokenOut: Address, amountOut: bigint): Quote | null {
    return amountOut <= 0n ? null : this.quote(swapExactOut(this.state, tokenOut === this.token1, amountOut))
  }

  /** The pool as `swap` leaves it. */
  moved(swap: SwapResult): UniswapV3Pool {
    const after = new UniswapV3Pool(this.state, this.door)
    after.pending = swap
    return after
  }

  private quote(swap: SwapResult): Quote | null {
    return swap.exhausted ? null : new SwapQuote(this, swap)
  }
}

const doorName = (door: Door | null): string =>
  door === null ? '' : door.via.kind === 'uniswapV4' && door.via.native === true ? 'v4 ether ' : 'v4 '

/** Most quotes are thrown away: the pool that one leaves is made when somebody asks for it. */
class SwapQuote implements Quote {
  readonly amountIn: bigint
  readonly amountOut: bigint
  readonly crossings: number

  constructor(
    private readonly pool: UniswapV3Pool,
    private readonly swap: SwapResult,
  ) {
    this.amountIn = swap.amountIn
    this.amountOut = swap.amountOut
    this.crossings = swap.ticksCrossed
  }

  get after(): UniswapV3Pool {
    return this.pool.moved(this.swap)
  }
}
