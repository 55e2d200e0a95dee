import type { ChainConfig } from '../../../config/market-file.js'
import type { Settings } from '../../../config/settings.js'
import { dearestBaseFee } from '../../../domain/base-fee.js'
import type { Address, Head } from '../../../domain/chain.js'
import { WAD } from '../../../domain/maths.js'
import type { Token } from '../../../domain/market.js'
import { dayOf } from '../../../domain/utc-day.js'
import type { Valuation } from '../../../profit/valuation.js'
import type { Horizon } from '../market-watch.js'
import type { Scene, SceneReader } from './market-scene.js'
import type { RunTrials } from './run-trials.js'

export interface DeskOptions {
  readonly scenes: Pick<SceneReader, 'market' | 'at'>
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly agent: Address
  /** Whether what one transaction can buy is paid with a loan, by the executor. */
  readonly lent: boolean
  /** What backstop mode may still lose on a UTC day (`2026-11-21`), USD with 8 decimals; zero in profit mode. */
  readonly lossLeftUsd8: (day: string) => bigint
  /** Whether a step of this name was mined by itself before, by our own books. */
  readonly told: (name: string) => boolean
  /** What failed in simulation and goes alone, or not at all for a while. */
  readonly trials: RunTrials
  /** Whether this market bids in a house that other markets of its protocol see too. Absent: in all that it sees. */
  readonly isOurs?: (house: Address, able: boolean) => boolean
}

/** Per gas: the most that the block may charge, and what we add for its builder. */
export interface Fees {
  readonly baseFeeWei: bigint
  readonly tipWei: bigint
}

/** What a desk decides a block on: what there is, until when a run may land, what gas costs and what wei are worth. */
export interface DeskBlock {
  readonly scene: Scene
  readonly horizon: Horizon
  readonly fees: Fees
  readonly valuation: Valuation
  /** Why the dollar price of the native token is not to be believed, or null. */
  readonly doubt: string | null
}

/** The fees that a run behind `head` is weighed with. */
export const feesAt = (head: Head, chain: ChainConfig): Fees => ({
  baseFeeWei: dearestBaseFee(head, chain.submission),
  tipWei: BigInt(chain.minTipWei),
})

/** The token that the market's auctions are paid with. */
export const coinOf = ({ scenes: { market } }: DeskOptions): Token => market.refill.payToken(market.known.market)

/** USD with 8 decimals for one whole token, rounded down; zero where no pool prices it. */
export function price8(options: DeskOptions, { scene, valuation }: DeskBlock, address: Address): bigint {
  const wei = address === coinOf(options).address ? scene.exits.weiOf(WAD) : scene.exits.wei(address, WAD)
  return wei === null ? 0n : valuation.usd8(wei)
}

/** What backstop mode may still lose on the day of a block, USD with 8 decimals; zero in profit mode, and while dollars are in doubt. */
export const lossLeftAt = (
  { lossLeftUsd8 }: Pick<DeskOptions, 'lossLeftUsd8'>,
  { scene, doubt }: Pick<DeskBlock, 'scene' | 'doubt'>,
): bigint => (doubt === null ? lossLeftUsd8(dayOf(Number(scene.head.timestamp) * 1000)) : 0n)

/** A token of an auction as legs name it, with 18 decimals. */
export const auctionToken = (address: Address, symbol: string): Token => ({ address, symbol, decimals: 18 })
