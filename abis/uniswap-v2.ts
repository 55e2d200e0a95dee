/** UniswapV2Factory and UniswapV2Pair: what finds a pair and reads it. */
export const UNISWAP_V2_ABI = [
  'function getPair(address tokenA, address tokenB) view returns (address pair)',
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)',
] as const
