/** ERC-4626 vaults, and wstETH with the stETH behind it. */
export const WRAPPED_TOKENS_ABI = [
  'function asset() view returns (address)',
  'function decimals() view returns (uint8)',
  'function totalAssets() view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function previewRedeem(uint256 shares) view returns (uint256)',
  'function stETH() view returns (address)',
  'function getTotalPooledEther() view returns (uint256)',
  'function getTotalShares() view returns (uint256)',
  'function getStETHByWstETH(uint256 amount) view returns (uint256)',
] as const
