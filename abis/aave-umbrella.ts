/** Aave's Umbrella: staked tokens that cover the deficits of a pool's reserves. Hand-written; only what is read. */
export const AAVE_UMBRELLA = [
  'function getDeficitOffset(address reserve) view returns (uint256)',
  'function getPendingDeficit(address reserve) view returns (uint256)',
  'function isReserveSlashable(address reserve) view returns (bool slashable, uint256 newDeficit)',
  'function getReserveSlashingConfigs(address reserve) view returns ((address umbrellaStake, address umbrellaStakeUnderlyingOracle, uint256 liquidationFee)[])',
] as const

/** A staked token is an ERC-4626 vault. */
export const AAVE_UMBRELLA_STAKE = [
  'function asset() view returns (address)',
  'function totalAssets() view returns (uint256)',
  'function symbol() view returns (string)',
] as const
