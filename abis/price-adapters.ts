/**
 * Price adapters that Aave's markets read (aave-dao/aave-price-feeds, formerly bgd-labs/aave-capo, and
 * bgd-labs/cl-synchronicity-price-adapter): what they say of themselves, and the events by which their parameters change.
 */
export const PRICE_ADAPTERS = [
  // ratio caps: PriceCapAdapterBase and what is built on it
  'function BASE_TO_USD_AGGREGATOR() view returns (address)',
  'function RATIO_PROVIDER() view returns (address)',
  'function RATIO_DECIMALS() view returns (uint8)',
  'function SCALING_FACTOR() view returns (uint256)',
  'function getRatio() view returns (int256)',
  'function getSnapshotRatio() view returns (uint256)',
  'function getSnapshotTimestamp() view returns (uint256)',
  'function getMaxRatioGrowthPerSecond() view returns (uint256)',
  'function getMaxRatioGrowthPerSecondScaled() view returns (uint256)',
  // stable caps: PriceCapAdapterStable, EURPriceCapAdapterStable
  'function ASSET_TO_USD_AGGREGATOR() view returns (address)',
  'function getPriceCap() view returns (int256)',
  'function getPriceCapRatio() view returns (int256)',
  'function MAX_STABLE_CAP_VALUE() view returns (int256)',
  // PendlePriceCapAdapter
  'function PERCENTAGE_FACTOR() view returns (uint256)',
  'function SECONDS_PER_YEAR() view returns (uint256)',
  'function MATURITY() view returns (uint256)',
  'function discountRatePerYear() view returns (uint64)',
  // CLSynchronicityPriceAdapterBaseToPeg, …PegToBase
  'function BASE_TO_PEG() view returns (address)',
  'function PEG_TO_BASE() view returns (address)',
  'function ASSET_TO_PEG() view returns (address)',
  'function DECIMALS() view returns (uint8)',
  'function DENOMINATOR() view returns (int256)',
  // FixedPriceAdapter
  'function price() view returns (int256)',
  'function ACL_MANAGER() view returns (address)',
  'event CapParametersUpdated(uint256 snapshotRatio, uint256 snapshotTimestamp, uint256 maxRatioGrowthPerSecond, uint16 maxYearlyRatioGrowthPercent)',
  'event PriceCapUpdated(int256 priceCap)',
  'event PriceCapRatioUpdated(int256 priceCapRatio)',
  'event DiscountRatePerYearUpdated(uint64 oldDiscountRatePerYear, uint64 newDiscountRatePerYear)',
  'event FixedPriceUpdated(int256 currentPrice, int256 newPrice)',
] as const
