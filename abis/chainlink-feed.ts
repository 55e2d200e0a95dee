/** Chainlink feeds: the aggregator proxy that protocols read, and the aggregator behind it that emits the rounds. */
export const CHAINLINK_FEED = [
  'function latestAnswer() view returns (int256)',
  'function aggregator() view returns (address)',
  'function phaseId() view returns (uint16)',
  'function phaseAggregators(uint16 phase) view returns (address)',
  'function typeAndVersion() view returns (string)',
  'event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)',
  'event AggregatorConfirmed(address indexed previous, address indexed latest)',
] as const
