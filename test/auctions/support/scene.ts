import { auctionConfig } from '../../../src/config/auction-config.js'
import { parseMarketFile } from '../../../src/config/market-file.js'
import { readSettings } from '../../../src/config/read-settings.js'
import { Exits } from '../../../src/cli/keeper/auctions/exits.js'
import type { DeskBlock, DeskOptions } from '../../../src/cli/keeper/auctions/desk-block.js'
import { RunTrials } from '../../../src/cli/keeper/auctions/run-trials.js'
import type { AuctionMarket, Scene } from '../../../src/cli/keeper/auctions/market-scene.js'
import type { AuctionVenue, Poke } from '../../../src/auctions/venue.js'
import type { Head } from '../../../src/domain/chain.js'
import { WAD } from '../../../src/domain/maths.js'
import type { Market } from '../../../src/domain/market.js'
import { NO_DATA_FEE } from '../../../src/profit/data-fee/data-fee.js'
import { PoolBook } from '../../../src/profit/pool-book.js'
import type { Valuation } from '../../../src/profit/valuation.js'
import { gebDebtAuctions } from '../../../strategies/geb/debt-auctions.js'
import { gebRefill } from '../../../strategies/geb/refill.js'
import { geb } from '../../../strategies/geb/strategy.js'
import { COIN, HOUSE, NOW, TOKEN, US, debtAuction, fairOf } from './lab.js'

export const MARKET: Market = {
  ...{ id: 'm', strategy: 'geb', chainId: 1, deployBlock: 0, implementationCodeHashes: [], contracts: { coin: COIN } },
}
export const AUCTION_MARKET: AuctionMarket = {
  known: {
    ...{
      market: MARKET,
      strategy: geb,
      targets: [],
      lenders: [],
      refill: gebRefill,
      coverage: null,
      store: null,
      auctions: null,
    },
  },
  ...{ refill: gebRefill, config: auctionConfig.parse({ router: HOUSE }) },
}
const GWEI = 10n ** 9n
export const HEAD: Head = {
  ...{ number: 1, hash: '0x01', parentHash: '0x00', timestamp: NOW, baseFeePerGas: GWEI },
  ...{ gasLimit: 30_000_000n, gasUsed: 15_000_000n },
}

/** No pool and no auction that works: what is opened is opened at a loss. */
export function sceneWith(poke: Poke | null): Scene {
  const template = debtAuction(0, 1n, 1n)
  const health = { enabled: false, reasons: ['nothing is bought here'] }
  const snapshot = { health, auctions: [], starting: null, template, maturing: [], reserves: null, poke }
  const fair = () => fairOf({ price: WAD, depth: WAD, sigmaDay: WAD })
  return {
    head: HEAD,
    views: [{ venue: gebDebtAuctions as AuctionVenue, snapshot, held: 0n, fair }],
    exits: new Exits(PoolBook.of(0, []), TOKEN, COIN),
    ...{
      capital: { wallet: 0n, internal: 0n },
      spendable: 0n,
      rooms: new Map(),
      stock: [],
      data: NO_DATA_FEE,
      floor: () => 0n,
    },
  }
}

/** A price that waits, on a state of this name. */
export const pokeOn = (name: string, gas = 145_000n): Poke => ({
  upkeep: { kind: 'poke', name, calls: [{ to: HOUSE, data: '0x' }], gas, unlocks: 0n, notBefore: NOW },
  ...{ overdue: true, template: debtAuction(0, 1n, 1n), opened: () => [] },
})

/** Gas in dollars and nothing else: 2,000 a coin. */
export const valuationAt = (usd8: bigint): Valuation => ({
  wei: (token, amount) => (token === TOKEN ? amount : null),
  units: () => null,
  base: () => null,
  usd8: (wei) => (wei * usd8) / WAD,
  weiOfUsd8: (usd) => (usd8 === 0n ? 0n : (usd * WAD + usd8 - 1n) / usd8),
})

export function blockWith(poke: Poke | null, nativeUsd8 = 2_000n * 10n ** 8n): DeskBlock {
  const fees = { baseFeeWei: GWEI, tipWei: GWEI / 10n }
  return {
    scene: sceneWith(poke),
    horizon: { timestamp: NOW, deadline: NOW + 60n },
    ...{ fees, valuation: valuationAt(nativeUsd8), doubt: null },
  }
}

/** A desk in backstop mode on a chain of this kind, with so much left of the day's budget. */
export function deskWith(leftUsd8: bigint, changes: Partial<DeskOptions> = {}): DeskOptions {
  const { chain } = parseMarketFile(
    {
      source: 'test',
      chain: {
        ...{ id: 1, name: 'test', blockTimeSeconds: 12, wrappedNative: TOKEN, multicall: HOUSE },
        ...{ submission: 'bundle', submissionUrls: [], bid: 'coinbase', venues: [], hops: [] },
      },
      markets: [{ id: 'm', strategy: 'geb', deployBlock: 0, contracts: {}, implementationCodeHashes: [] }],
    },
    'test',
  )
  return {
    scenes: { market: AUCTION_MARKET, at: () => Promise.reject(new Error('nothing is read')) },
    ...{ chain, agent: US, lent: false, told: () => false, lossLeftUsd8: () => leftUsd8, trials: new RunTrials('m') },
    settings: readSettings({ MODE: 'backstop', BACKSTOP_DAILY_LOSS_USD: '20' }, { needs: 'nothing' }),
    ...changes,
  }
}
