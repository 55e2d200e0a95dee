/** The first SwapRouter of Uniswap v3. All arguments of `exactInputSingle` are static: word 3 is the recipient. */
export const UNISWAP_V3_ROUTER = [
  'function exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 deadline, uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96) params) payable returns (uint256 amountOut)',
] as const
