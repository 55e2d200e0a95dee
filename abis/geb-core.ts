/** GEB as HAI and Open Dollar run it: the books of SAFEs and their liquidation. Hand-written; only what is used. */
export const GEB_SAFE_ENGINE = [
  'function coinBalance(address account) view returns (uint256)',
  'function debtBalance(address account) view returns (uint256)',
  'function tokenCollateral(bytes32 cType, address account) view returns (uint256)',
  'function safeRights(address owner, address account) view returns (uint256)',
  'function safes(bytes32 cType, address safe) view returns ((uint256 lockedCollateral, uint256 generatedDebt) safe)',
  'function cData(bytes32 cType) view returns ((uint256 debtAmount, uint256 lockedAmount, uint256 accumulatedRate, uint256 safetyPrice, uint256 liquidationPrice) data)',
  'function cParams(bytes32 cType) view returns ((uint256 debtCeiling, uint256 debtFloor) params)',
  'function approveSAFEModification(address account)',
  'event TransferCollateral(bytes32 indexed cType, address indexed src, address indexed dst, uint256 wad)',
  'event TransferInternalCoins(address indexed src, address indexed dst, uint256 rad)',
  'event ModifySAFECollateralization(bytes32 indexed cType, address indexed safe, address collateralSource, address debtDestination, int256 deltaCollateral, int256 deltaDebt)',
  'event TransferSAFECollateralAndDebt(bytes32 indexed cType, address indexed src, address indexed dst, int256 deltaCollateral, int256 deltaDebt)',
  'event ConfiscateSAFECollateralAndDebt(bytes32 indexed cType, address indexed safe, address collateralSource, address debtDestination, int256 deltaCollateral, int256 deltaDebt)',
  'event UpdateAccumulatedRate(bytes32 indexed cType, address surplusDst, int256 rateMultiplier)',
  'event UpdateCollateralPrice(bytes32 indexed cType, uint256 safetyPrice, uint256 liquidationPrice)',
  'event ModifyParameters(bytes32 indexed param, bytes32 indexed cType, bytes data)',
] as const

export const GEB_LIQUIDATION_ENGINE = [
  'function currentOnAuctionSystemCoins() view returns (uint256)',
  'function contractEnabled() view returns (bool)',
  'function params() view returns ((uint256 onAuctionSystemCoinLimit, uint256 saviourGasLimit) params)',
  'function cParams(bytes32 cType) view returns ((address collateralAuctionHouse, uint256 liquidationPenalty, uint256 liquidationQuantity) params)',
  'function chosenSAFESaviour(bytes32 cType, address safe) view returns (address)',
  'function liquidateSAFE(bytes32 cType, address safe) returns (uint256 auctionId)',
  'event UpdateCurrentOnAuctionSystemCoins(uint256 currentOnAuctionSystemCoins)',
  'event DisableContract()',
  'event ProtectSAFE(bytes32 indexed cType, address indexed safe, address saviour)',
  'error LiqEng_SAFENotUnsafe()',
  'error LiqEng_LiquidationLimitHit()',
  'error LiqEng_DustySAFE()',
  'error LiqEng_NullAuction()',
  'error LiqEng_NullCollateralToSell()',
] as const

export const GEB_ORACLES = [
  'function redemptionRate() view returns (uint256)',
  'function redemptionPriceUpdateTime() view returns (uint256)',
  'function calcRedemptionPrice() view returns (uint256)',
  'function updateCollateralPrice(bytes32 cType)',
  'function cParams(bytes32 cType) view returns ((address oracle, uint256 safetyCRatio, uint256 liquidationCRatio) params)',
  'function getResultWithValidity() view returns (uint256 result, bool validity)',
  'function getNextResultWithValidity() view returns (uint256 result, bool validity)',
  'function lastUpdateTime() view returns (uint256)',
  'function updateDelay() view returns (uint256)',
  'function updateResult() returns (bool success)',
  'event UpdateRedemptionPrice(uint256 redemptionPrice)',
] as const

/** The system coin and the protocol's token. */
export const GEB_TOKENS = [
  'function balanceOf(address owner) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function authorizedAccounts(address account) view returns (bool)',
] as const
