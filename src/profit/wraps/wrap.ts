import type { Address } from '../../domain/chain.js'
import type { SwapVia } from '../../domain/steps.js'
import type { PoolRef, Quote, SwapPool } from '../venue.js'
import { redeem, unwrap, type WrapState } from './rate.js'

/** What a redemption costs above a plain swap, in units of the gas model's tick crossing. */
const CROSSINGS = 1

/** A wrapper and what is behind it, as a pool that only takes the wrapper: it is the contract of its own token. */
export class Wrap implements SwapPool {
  readonly address: Address
  readonly contract: Address
  readonly token0: Address
  readonly token1: Address
  readonly label: string
  readonly lends = false
  readonly via: SwapVia

  constructor(
    readonly state: WrapState,
    private readonly ref: PoolRef,
    private readonly by: 'redeem' | 'unwrap',
  ) {
    this.address = this.contract = ref.address
    this.token0 = ref.token0
    this.token1 = ref.token1
    this.label = by
    this.via = { kind: 'unwrap', by }
  }

  sell(tokenIn: Address, amountIn: bigint): Quote | null {
    if (tokenIn !== this.address) return null
    const done = (this.by === 'redeem' ? redeem : unwrap)(this.state, amountIn)
    if (done === null) return null
    const after = new Wrap(done.after, this.ref, this.by)
    return { amountIn, amountOut: done.amountOut, crossings: CROSSINGS, after }
  }

  buy(): Quote | null {
    return null
  }
}
