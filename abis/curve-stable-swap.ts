/** CurveStableSwapNG: what is read of a pool of plain coins. */
export const CURVE_STABLE_SWAP_ABI = [
  'function version() view returns (string)',
  'function N_COINS() view returns (uint256)',
  'function coins(uint256 i) view returns (address)',
  'function get_balances() view returns (uint256[])',
  'function stored_rates() view returns (uint256[])',
  'function A_precise() view returns (uint256)',
  'function fee() view returns (uint256)',
  'function offpeg_fee_multiplier() view returns (uint256)',
  'function admin_fee() view returns (uint256)',
] as const

/** Pools before StableSwapNG: plain coins, a flat fee. */
export const CURVE_EARLY_POOL_ABI = [
  'function coins(uint256 i) view returns (address)',
  'function balances(uint256 i) view returns (uint256)',
  'function A_precise() view returns (uint256)',
  'function A() view returns (uint256)',
  'function fee() view returns (uint256)',
  'function admin_fee() view returns (uint256)',
  'function get_dy(int128 i, int128 j, uint256 dx) view returns (uint256)',
] as const

/** The first of them count their coins in signed numbers. */
export const CURVE_FIRST_POOL_ABI = [
  'function coins(int128 i) view returns (address)',
  'function balances(int128 i) view returns (uint256)',
] as const
