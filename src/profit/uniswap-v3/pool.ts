import type { Address } from '../../domain/chain.js'
import type { Pool, Quote } from '../venue.js'
import type { PoolState } from './pool-state.js'
import { afterSwap, swapExactIn, swapExactOut, type SwapResult } from './swap.js'

/** A Uniswap v3 pool at one block as the rest of the room sees it. */
export class UniswapV3Pool implements Pool {
  readonly label: string

  constructor(readonly state: PoolState) {
    this.label = `${Number(state.fee) / 10_000} %`
  }

  get address(): Address {
    return this.state.address
  }

  get token0(): Address {
    return this.state.token0
  }

  get token1(): Address {
    return this.state.token1
  }

  sell(tokenIn: Address, amountIn: bigint): Quote | null {
    return amountIn <= 0n ? null : this.quote(swapExactIn(this.state, tokenIn === this.token0, amountIn))
  }

  buy(tokenOut: Address, amountOut: bigint): Quote | null {
    return amountOut <= 0n ? null : this.quote(swapExactOut(this.state, tokenOut === this.token1, amountOut))
  }

  private quote(swap: SwapResult): Quote | null {
    if (swap.exhausted) return null
    const state = this.state
    return {
      amountIn: swap.amountIn,
      amountOut: swap.amountOut,
      crossings: swap.ticksCrossed,
      get after() {
        return new UniswapV3Pool(afterSwap(state, swap))
      },
    }
  }
}
