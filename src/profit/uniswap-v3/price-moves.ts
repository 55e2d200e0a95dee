import { divCeil, mulDivCeil, mulDivFloor } from '../../domain/maths.js'
import { Q96 } from './tick-price.js'

/**
 * How amounts and price move together while the liquidity is constant (white paper §6.2; contract `SqrtPriceMath`):
 * token0 = L · (1/√p − 1/√p'), token1 = L · (√p' − √p). What a swapper pays is rounded up, what it gets down, and the
 * price never moves further than the input pays for.
 */
const UINT256 = 1n << 256n

/** Token0 between two prices. */
export function amount0Between(a: bigint, b: bigint, liquidity: bigint, up: boolean): bigint {
  const [low, high] = a < b ? [a, b] : [b, a]
  const scaled = liquidity << 96n
  return up ? divCeil(mulDivCeil(scaled, high - low, high), low) : mulDivFloor(scaled, high - low, high) / low
}

/** Token1 between two prices. */
export function amount1Between(a: bigint, b: bigint, liquidity: bigint, up: boolean): bigint {
  const distance = a < b ? b - a : a - b
  return up ? mulDivCeil(liquidity, distance, Q96) : mulDivFloor(liquidity, distance, Q96)
}

/** The price after `amountIn` went in. `liquidity` is not zero. */
export function priceAfterInput(price: bigint, liquidity: bigint, amountIn: bigint, zeroForOne: boolean): bigint {
  return zeroForOne ? priceAfterToken0In(price, liquidity, amountIn) : price + (amountIn << 96n) / liquidity
}

/** The price after `amountOut` came out, which must be less than what the liquidity holds down to the next tick. */
export function priceAfterOutput(price: bigint, liquidity: bigint, amountOut: bigint, zeroForOne: boolean): bigint {
  if (zeroForOne) return price - divCeil(amountOut << 96n, liquidity)
  const scaled = liquidity << 96n
  return mulDivCeil(scaled, price, scaled - amountOut * price)
}

function priceAfterToken0In(price: bigint, liquidity: bigint, amountIn: bigint): bigint {
  if (amountIn === 0n) return price
  const scaled = liquidity << 96n
  const product = amountIn * price
  // where 256 bits do not hold the precise formula, the contract takes a coarser one
  return product < UINT256 && scaled + product < UINT256
    ? mulDivCeil(scaled, price, scaled + product)
    : divCeil(scaled, scaled / price + amountIn)
}
