import type { Address } from '../../../domain/chain.js'
import { WAD, divCeil, mulDivFloor } from '../../../domain/maths.js'
import type { PoolBook } from '../../../profit/pool-book.js'
import { UniswapV3Pool } from '../../../profit/uniswap-v3/pool.js'

export interface DirectExit {
  readonly out: bigint
  readonly fee: number
}

/** What tokens bring at one block by direct Uniswap v3 pools, the kind of sale that the agent makes. */
export class Exits {
  private readonly known = new Map<string, DirectExit | null>()

  constructor(
    private readonly book: PoolBook,
    readonly native: Address,
    readonly pay: Address,
  ) {}

  /** The best direct sale; null where no pool fills it. */
  direct(tokenIn: Address, tokenOut: Address, amount: bigint): DirectExit | null {
    if (amount <= 0n) return { out: 0n, fee: 0 }
    const key = `${tokenIn} ${tokenOut} ${amount}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    let best: DirectExit | null = null
    for (const pool of this.book.between(tokenIn, tokenOut)) {
      if (!(pool instanceof UniswapV3Pool) || pool.via !== undefined) continue
      const out = pool.sell(tokenIn, amount)?.amountOut ?? 0n
      if (out > (best?.out ?? 0n)) best = { out, fee: Number(pool.state.fee) }
    }
    this.known.set(key, best)
    return best
  }

  /** Wei of the native token, rounded down; null where no pool fills it. */
  wei(token: Address, amount: bigint): bigint | null {
    return token === this.native ? amount : (this.direct(token, this.native, amount)?.out ?? null)
  }

  /** Pay tokens for `wei`, at the price that a hundredth of a coin gets, rounded down. Null without a pool. */
  payFor(wei: bigint): bigint | null {
    const probe = this.direct(this.native, this.pay, PROBE)
    return probe === null ? null : mulDivFloor(wei, probe.out, PROBE)
  }

  /** Wei that `amount` pay tokens cost at that price, rounded up. */
  weiOf(amount: bigint): bigint | null {
    const probe = this.direct(this.native, this.pay, PROBE)
    return probe === null || probe.out === 0n ? null : divCeil(amount * PROBE, probe.out)
  }

  /** Pay tokens for `amount` of `token`, the native one with the impact of its size, rounded down; null where no pool fills it. */
  proceeds(token: Address, amount: bigint): bigint | null {
    if (token === this.native) return this.direct(token, this.pay, amount)?.out ?? null
    const wei = this.wei(token, amount)
    return wei === null ? null : this.payFor(wei)
  }

  /**
   * Pay tokens for one whole unit of `token`, sold with as many others as `coins` pay tokens buy (or a part of them, where no pool
   * fills that); null without a pool. A pool of somebody's own that takes a single token makes no price.
   */
  price(token: Address, coins: bigint): bigint | null {
    const size = this.weiOf(coins)
    if (size === null) return null
    for (const part of PARTS) {
      const wei = size / part
      const amount = token === this.native ? wei : (this.direct(this.native, token, wei)?.out ?? 0n)
      const paid = amount === 0n ? null : this.proceeds(token, amount)
      if (paid !== null) return mulDivFloor(paid, WAD, amount)
    }
    return null
  }
}

const PROBE = WAD / 100n
const PARTS = [1n, 10n, 100n, 1_000n]
