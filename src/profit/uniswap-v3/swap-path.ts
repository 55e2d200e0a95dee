import type { PoolState, Stop } from './pool-state.js'
import { stepExactIn, stepExactOut, stepSpendingAll } from './swap-step.js'
import type { SwapResult } from './swap.js'
import { tickAtSqrtPrice } from './tick-price.js'

/** Where a swap stands after the stops it has passed; amounts are sums since the start, the fee in `amountIn`. */
interface Rung {
  readonly price: bigint
  readonly liquidity: bigint
  readonly amountIn: bigint
  readonly amountOut: bigint
  /** Initialised ticks crossed. */
  readonly crossed: number
  /** Null while the price stands between two stops: the tick is then the price's. */
  readonly tick: number | null
  /** Index of the next stop. */
  readonly at: number
  /** No price lies beyond. */
  readonly end: boolean
}

/**
 * All swaps of one pool in one direction. A stretch between two stops that is crossed in full costs the same whatever is
 * wanted beyond it, so those sums are a table, filled as far as anybody asked, and a swap is a search in it and the loop of
 * the contract from there on: most often one step.
 *
 *   price ──┤ rung 0 ├── stop ──┤ rung 1 ├── stop ──┤ rung 2 ├─ … ── the last rung that the amount fills, then `advance`
 */
export class SwapPath {
  private readonly stops: readonly Stop[]
  private readonly fee: bigint
  private readonly rungs: Rung[]

  constructor(
    private readonly pool: PoolState,
    private readonly zeroForOne: boolean,
  ) {
    this.stops = zeroForOne ? pool.stopsDown : pool.stopsUp
    this.fee = zeroForOne ? pool.fee : (pool.feeUp ?? pool.fee)
    const { sqrtPriceX96: price, liquidity, tick } = pool
    const at = firstStop(this.stops, tick, zeroForOne)
    this.rungs = [{ price, liquidity, amountIn: 0n, amountOut: 0n, crossed: 0, tick, at, end: false }]
  }

  /** As `UniswapV3Pool.swap` without a price limit, to the wei. `amount` is above zero. */
  swap(amount: bigint, exactIn: boolean): SwapResult {
    let rung = this.filledBy(amount, exactIn)
    let remaining = amount - (exactIn ? rung.amountIn : rung.amountOut)
    while (remaining > 0n) {
      const stop = rung.end ? undefined : this.stops[rung.at]
      if (stop === undefined) return new Swapped(rung, true)
      const next = this.advance(rung, stop, remaining, exactIn)
      remaining -= exactIn ? next.amountIn - rung.amountIn : next.amountOut - rung.amountOut
      rung = next
      if (rung.price !== stop.sqrtPriceX96) break
    }
    return new Swapped(rung, false)
  }

  /** The last rung that `amount` reaches; where several stand at exactly this amount, the first: the contract stops there. */
  private filledBy(amount: bigint, exactIn: boolean): Rung {
    const filled = (rung: Rung): bigint => (exactIn ? rung.amountIn : rung.amountOut)
    let top = this.rungs[this.rungs.length - 1] as Rung
    while (!top.end && filled(top) < amount) {
      const stop = this.stops[top.at]
      if (stop === undefined) break
      top = this.passed(top, stop)
      this.rungs.push(top)
    }
    let low = 0
    let high = this.rungs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (filled(this.rungs[middle] as Rung) < amount) low = middle + 1
      else high = middle
    }
    const first = this.rungs[low]
    return first !== undefined && filled(first) === amount ? first : (this.rungs[low - 1] as Rung)
  }

  /** The whole stretch to `stop`: an exact output of more than it holds does just that. */
  private passed(rung: Rung, stop: Stop): Rung {
    return this.advance(rung, stop, MORE_THAN_ANY, false)
  }

  private advance(rung: Rung, stop: Stop, remaining: bigint, exactIn: boolean): Rung {
    const step = !exactIn ? stepExactOut : this.pool.spendsAll === true ? stepSpendingAll : stepExactIn
    const done = step(rung.price, stop.sqrtPriceX96, rung.liquidity, remaining, this.fee)
    const amountIn = rung.amountIn + done.amountIn + done.fee
    const amountOut = rung.amountOut + done.amountOut
    const { price } = done
    if (price !== stop.sqrtPriceX96) {
      return { ...rung, price, amountIn, amountOut, tick: price === rung.price ? rung.tick : null }
    }
    const net = this.zeroForOne ? -stop.liquidityNet : stop.liquidityNet
    return {
      ...{ price, amountIn, amountOut, end: stop.last },
      liquidity: stop.initialised ? rung.liquidity + net : rung.liquidity,
      crossed: stop.initialised ? rung.crossed + 1 : rung.crossed,
      tick: this.zeroForOne ? stop.tick - 1 : stop.tick,
      at: rung.at + (this.zeroForOne ? -1 : 1),
    }
  }
}

/** More of a token than any pool holds between two stops. */
const MORE_THAN_ANY = 1n << 255n

class Swapped implements SwapResult {
  constructor(
    private readonly rung: Rung,
    readonly exhausted: boolean,
  ) {}

  get amountIn(): bigint {
    return this.rung.amountIn
  }
  get amountOut(): bigint {
    return this.rung.amountOut
  }
  get ticksCrossed(): number {
    return this.rung.crossed
  }
  get sqrtPriceAfter(): bigint {
    return this.rung.price
  }
  get liquidityAfter(): bigint {
    return this.rung.liquidity
  }
  get tickAfter(): number {
    return this.rung.tick ?? tickAtSqrtPrice(this.rung.price)
  }
}

/** Index of the greatest stop at or below `tick` (downwards) or of the smallest above it (upwards). */
function firstStop(stops: readonly Stop[], tick: number, down: boolean): number {
  let low = 0
  let high = stops.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stops[middle]?.tick ?? 0) <= tick) low = middle + 1
    else high = middle
  }
  return down ? low - 1 : low
}
