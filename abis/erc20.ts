/** The parts of ERC-20 that are read at a cold start; `symbol` may answer bytes32 on old tokens. */
export const ERC20 = [
  'function balanceOf(address owner) view returns (uint256)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
] as const
