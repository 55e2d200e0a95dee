/** Who may bring a price: the aggregator's transmitters (forwarders, as a rule) and the keys that a forwarder obeys. */
export const CHAINLINK_REPORTERS = [
  'function getTransmitters() view returns (address[])',
  'function transmitters() view returns (address[])',
  'function getAuthorizedSenders() view returns (address[])',
] as const
