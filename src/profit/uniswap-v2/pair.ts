import type { Address } from '../../domain/chain.js'
import type { FlashVia } from '../../domain/steps.js'
import type { FlashPool, Quote } from '../venue.js'

const MILLION = 1_000_000n

export interface PairState {
  readonly address: Address
  readonly token0: Address
  readonly token1: Address
  readonly reserve0: bigint
  readonly reserve1: bigint
  /** Millionths of the input. */
  readonly fee: number
}

/**
 * A Uniswap v2 pair at one block: x · y stays, the fee is taken from the input. `UniswapV2Library.getAmountOut` (rounded
 * down) and `getAmountIn` (rounded down, plus one); a fork's fee replaces 3 in 1,000.
 */
export class UniswapV2Pair implements FlashPool {
  readonly address: Address
  readonly contract: Address
  readonly token0: Address
  readonly token1: Address
  readonly label: string
  readonly lends = true
  readonly via: FlashVia
  private readonly kept: bigint

  constructor(private readonly state: PairState) {
    this.address = this.contract = state.address
    this.token0 = state.token0
    this.token1 = state.token1
    this.label = `v2 ${state.fee / 10_000} %`
    this.via = { kind: 'uniswapV2', fee: state.fee }
    this.kept = MILLION - BigInt(state.fee)
  }

  get reserves(): readonly [bigint, bigint] {
    return [this.state.reserve0, this.state.reserve1]
  }

  sell(tokenIn: Address, amountIn: bigint): Quote | null {
    const [reserveIn, reserveOut] = this.sides(tokenIn === this.token0)
    if (amountIn <= 0n) return null
    const paid = amountIn * this.kept
    return this.quote(tokenIn === this.token0, amountIn, (paid * reserveOut) / (reserveIn * MILLION + paid))
  }

  buy(tokenOut: Address, amountOut: bigint): Quote | null {
    const zeroForOne = tokenOut === this.token1
    const [reserveIn, reserveOut] = this.sides(zeroForOne)
    if (amountOut <= 0n || amountOut >= reserveOut) return null
    const amountIn = (reserveIn * amountOut * MILLION) / ((reserveOut - amountOut) * this.kept) + 1n
    return this.quote(zeroForOne, amountIn, amountOut)
  }

  private sides(zeroForOne: boolean): readonly [bigint, bigint] {
    const { reserve0, reserve1 } = this.state
    return zeroForOne ? [reserve0, reserve1] : [reserve1, reserve0]
  }

  /** Null for what the pair refuses: nothing to pay out, or more than 112 bits of a token. */
  private quote(zeroForOne: boolean, amountIn: bigint, amountOut: bigint): Quote | null {
    const [reserveIn, reserveOut] = this.sides(zeroForOne)
    const [after, left] = [reserveIn + amountIn, reserveOut - amountOut]
    if (amountOut <= 0n || after >= 1n << 112n) return null
    const [reserve0, reserve1] = zeroForOne ? [after, left] : [left, after]
    return { amountIn, amountOut, crossings: 0, after: new UniswapV2Pair({ ...this.state, reserve0, reserve1 }) }
  }
}
