/** aToken and variable debt token of Aave v3: scaled balances and what moves them. `BalanceTransfer.value` is scaled. */
export const AAVE_V3_SCALED_TOKEN = [
  'function scaledBalanceOf(address user) view returns (uint256)',
  'function scaledTotalSupply() view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'event Mint(address indexed caller, address indexed onBehalfOf, uint256 value, uint256 balanceIncrease, uint256 index)',
  'event Burn(address indexed from, address indexed target, uint256 value, uint256 balanceIncrease, uint256 index)',
  'event BalanceTransfer(address indexed from, address indexed to, uint256 value, uint256 index)',
] as const
