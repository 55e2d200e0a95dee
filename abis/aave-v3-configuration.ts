/** PoolConfigurator: parameters that move a health factor or the exact amounts of a liquidation. */
export const AAVE_V3_CONFIGURATOR = [
  'event ReserveInitialized(address indexed asset, address indexed aToken, address stableDebtToken, address variableDebtToken, address interestRateStrategyAddress)',
  'event ReserveDropped(address indexed asset)',
  'event CollateralConfigurationChanged(address indexed asset, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus)',
  'event ReserveActive(address indexed asset, bool active)',
  'event ReservePaused(address indexed asset, bool paused)',
  'event ReserveFlashLoaning(address indexed asset, bool enabled)',
  'event LiquidationProtocolFeeChanged(address indexed asset, uint256 oldFee, uint256 newFee)',
  'event LiquidationGracePeriodChanged(address indexed asset, uint40 gracePeriodUntil)',
  'event LiquidationGracePeriodDisabled(address indexed asset)',
  'event EModeCategoryAdded(uint8 indexed categoryId, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus, address oracle, string label)',
  'event EModeAssetCategoryChanged(address indexed asset, uint8 oldCategoryId, uint8 newCategoryId)',
  'event AssetCollateralInEModeChanged(address indexed asset, uint8 categoryId, bool collateral)',
  'event FlashloanPremiumTotalUpdated(uint128 oldFlashloanPremiumTotal, uint128 newFlashloanPremiumTotal)',
] as const

/** AaveOracle. */
export const AAVE_V3_ORACLE = [
  'function getAssetPrice(address asset) view returns (uint256)',
  'function getSourceOfAsset(address asset) view returns (address)',
  'event AssetSourceUpdated(address indexed asset, address indexed source)',
] as const

/** PoolAddressesProvider. */
export const AAVE_V3_ADDRESSES_PROVIDER = [
  'function getPriceOracle() view returns (address)',
  'function getPriceOracleSentinel() view returns (address)',
  'function getAddress(bytes32 id) view returns (address)',
  'event PriceOracleUpdated(address indexed oldAddress, address indexed newAddress)',
  'event PriceOracleSentinelUpdated(address indexed oldAddress, address indexed newAddress)',
  'event AddressSet(bytes32 indexed id, address indexed oldAddress, address indexed newAddress)',
  'event AddressSetAsProxy(bytes32 indexed id, address indexed proxyAddress, address oldImplementationAddress, address indexed newImplementationAddress)',
] as const

/** PriceOracleSentinel of an L2 and the sequencer uptime feed behind it (Chainlink). */
export const AAVE_V3_SENTINEL = [
  'function getSequencerOracle() view returns (address)',
  'function getGracePeriod() view returns (uint256)',
  'function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)',
  'function aggregator() view returns (address)',
  'event SequencerOracleUpdated(address newSequencerOracle)',
  'event GracePeriodUpdated(uint256 newGracePeriod)',
  'event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)',
] as const

/** The proxy in front of the Pool (EIP-1967). */
export const UPGRADEABLE_PROXY = ['event Upgraded(address indexed implementation)'] as const
