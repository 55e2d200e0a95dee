import { RAY, WAD } from '../../domain/maths.js'

export const RAD = WAD * RAY
export const HOUR = 3_600n
export const DAY = 86_400n

/** What governance sets, close to Open Dollar's own deployment; times are its own, sizes ten times larger. */
export interface GebParameters {
  /** Ray. */
  readonly liquidationRatio: bigint
  readonly safetyRatio: bigint
  /** Rad. */
  readonly debtFloor: bigint
  /** Wad: 1.05e18 is 5 %. */
  readonly liquidationPenalty: bigint
  /** Rad. */
  readonly liquidationQuantity: bigint
  readonly minimumBid: bigint
  readonly minDiscount: bigint
  readonly maxDiscount: bigint
  readonly discountRate: bigint
  readonly popDebtDelay: bigint
  /** Rad. */
  readonly debtBidSize: bigint
  readonly mintedTokens: bigint
  readonly bidDecrease: bigint
  readonly amountSoldIncrease: bigint
  readonly bidDuration: bigint
  readonly auctionLength: bigint
  readonly oracleDelay: bigint
}

export const GEB_PARAMETERS: GebParameters = {
  liquidationRatio: (135n * RAY) / 100n,
  safetyRatio: (150n * RAY) / 100n,
  debtFloor: 200n * RAD,
  liquidationPenalty: (105n * WAD) / 100n,
  liquidationQuantity: 100_000n * RAD,
  minimumBid: 100n * WAD,
  minDiscount: WAD,
  maxDiscount: (90n * WAD) / 100n,
  // 5 % an hour
  discountRate: 999_985_751_964_174_351_454_691_118n,
  popDebtDelay: DAY,
  debtBidSize: 1_000n * RAD,
  mintedTokens: 10_000n * WAD,
  bidDecrease: (105n * WAD) / 100n,
  amountSoldIncrease: (150n * WAD) / 100n,
  bidDuration: 3n * HOUR,
  auctionLength: 2n * DAY,
  oracleDelay: HOUR,
}
