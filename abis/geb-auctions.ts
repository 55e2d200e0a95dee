/** GEB as HAI and Open Dollar run it: the houses, their queue and the joins. Hand-written; only what is used. */
export const GEB_DEBT_AUCTION_HOUSE = [
  'function auctionsStarted() view returns (uint256)',
  'function contractEnabled() view returns (bool)',
  'function params() view returns ((uint256 bidDecrease, uint256 amountSoldIncrease, uint256 bidDuration, uint256 totalAuctionLength) params)',
  'function auctions(uint256 id) view returns ((uint256 bidAmount, uint256 amountToSell, address highBidder, uint256 bidExpiry, uint256 auctionDeadline) auction)',
  'function decreaseSoldAmount(uint256 id, uint256 amountToBuy)',
  'function settleAuction(uint256 id)',
  'function restartAuction(uint256 id)',
  'function terminateAuctionPrematurely(uint256 id)',
  'event StartAuction(uint256 indexed id, address indexed auctioneer, uint256 blockTimestamp, uint256 amountToSell, uint256 amountToRaise, uint256 auctionDeadline)',
  'event RestartAuction(uint256 indexed id, uint256 blockTimestamp, uint256 auctionDeadline)',
  'event DecreaseSoldAmount(uint256 indexed id, address bidder, uint256 blockTimestamp, uint256 raisedAmount, uint256 soldAmount, uint256 bidExpiry)',
  'event SettleAuction(uint256 indexed id, uint256 blockTimestamp, address highBidder, uint256 raisedAmount)',
  'event TerminateAuctionPrematurely(uint256 indexed id, uint256 blockTimestamp, address highBidder, uint256 raisedAmount)',
] as const

export const GEB_COLLATERAL_AUCTION_HOUSE = [
  'function auctionsStarted() view returns (uint256)',
  'function contractEnabled() view returns (bool)',
  'function params() view returns ((uint256 minimumBid, uint256 minDiscount, uint256 maxDiscount, uint256 perSecondDiscountUpdateRate) params)',
  'function auctions(uint256 id) view returns ((uint256 amountToSell, uint256 amountToRaise, uint256 initialTimestamp, address forgoneCollateralReceiver, address auctionIncomeRecipient) auction)',
  'function getCollateralBought(uint256 id, uint256 wad) view returns (uint256 bought, uint256 adjustedBid)',
  'function buyCollateral(uint256 id, uint256 wad) returns (uint256 bought, uint256 adjustedBid)',
  'event BuyCollateral(uint256 indexed id, address bidder, uint256 blockTimestamp, uint256 raisedAmount, uint256 soldAmount)',
] as const

export const GEB_ACCOUNTING_ENGINE = [
  'function debtQueue(uint256 timestamp) view returns (uint256)',
  'function totalQueuedDebt() view returns (uint256)',
  'function totalOnAuctionDebt() view returns (uint256)',
  'function contractEnabled() view returns (bool)',
  'function params() view returns ((uint256 surplusTransferPercentage, uint256 surplusDelay, uint256 popDebtDelay, uint256 disableCooldown, uint256 surplusAmount, uint256 surplusBuffer, uint256 debtAuctionMintedTokens, uint256 debtAuctionBidSize) params)',
  'function popDebtFromQueue(uint256 timestamp)',
  'function auctionDebt() returns (uint256 id)',
  'event PushDebtToQueue(uint256 indexed timestamp, uint256 debtAmount)',
] as const

export const GEB_JOINS = [
  'function join(address account, uint256 wad)',
  'function exit(address account, uint256 wad)',
  'function collateralType() view returns (bytes32)',
  'function decimals() view returns (uint256)',
] as const
