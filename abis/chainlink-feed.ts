/** Chainlink feeds: the aggregator proxy that protocols read, and the aggregator behind it that emits the rounds. */
export const CHAINLINK_FEED = [
  'function latestAnswer() view returns (int256)',
  'function decimals() view returns (uint8)',
  'function getRoundData(uint80 roundId) view returns (uint80, int256, uint256, uint256, uint80)',
  'function aggregator() view returns (address)',
  'function phaseId() view returns (uint16)',
  'function phaseAggregators(uint16 phase) view returns (address)',
  'function typeAndVersion() view returns (string)',
  'event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)',
  'event AggregatorConfirmed(address indexed previous, address indexed latest)',
] as const

/** What the dual aggregator of Chainlink's SVR feeds has beside that: two proxies read it, and it tells them apart. */
export const CHAINLINK_DUAL_AGGREGATOR = [
  'event SecondaryRoundIdUpdated(uint32 indexed secondaryRoundId)',
  'event PrimaryFeedUnlocked(uint32 indexed primaryRoundId)',
  'event CutoffTimeSet(uint32 cutoffTime)',
] as const
