/** PoolManager of Uniswap v4: storage words, several at once. */
export const UNISWAP_V4_ABI = [
  'function extsload(bytes32[] slots) view returns (bytes32[] values)',
  'function extsload(bytes32 slot) view returns (bytes32 value)',
] as const
