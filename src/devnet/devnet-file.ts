import { keccak256, toUtf8Bytes } from 'ethers'
import { renameSync, writeFileSync } from 'node:fs'
import type { Address } from '../domain/chain.js'
import type { AaveMarket } from './aave/market.js'
import type { RelayOptions } from './builder/start-relays.js'
import { SYMBOLS } from './catalogue.js'
import type { Ground } from './ground.js'

/** What `devnet.json` says to the keeper and to any other client. */
export interface DevnetFile {
  readonly rpcUrl: string
  readonly relayUrls: readonly string[]
  /** Where the hints of MEV-Share are heard, and where `mev_sendBundle` goes. */
  readonly mevShareStreamUrl: string
  readonly mevShareUrl: string | null
  readonly publicTransactionsUrl: string
  readonly markets: readonly {
    readonly id: string
    readonly pool: Address
    /** Each takes `setAnswer(int256)` from any unlocked account. */
    readonly feeds: Readonly<Record<string, Address>>
  }[]
  readonly tokens: Readonly<Record<string, Address>>
  readonly operators: readonly Address[]
  readonly executor: Address
  /** Settings with which the keeper works against this chain. */
  readonly env: Readonly<Record<string, string>>
}

export interface DevnetParts {
  readonly ground: Pick<Ground, 'tokens' | 'feeds'>
  readonly markets: readonly AaveMarket[]
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly publicTransactionsUrl: string
  readonly relayUrls: readonly string[]
  /** What stands behind `relayUrls`. */
  readonly relays: readonly RelayOptions[]
  readonly streamUrl: string
  readonly mevShareUrl: string | null
  readonly operator: { readonly address: Address; readonly privateKey: string }
  readonly executor: Address
  readonly marketsFile: string
  readonly dataDir: string
}

export function describeDevnet(parts: DevnetParts): DevnetFile {
  const { ground, markets, rpcUrl, wsUrl, relayUrls, relays, streamUrl, mevShareUrl, operator, executor } = parts
  const feeds = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, ground.feeds.sources[symbol].address]))
  return {
    rpcUrl,
    relayUrls,
    mevShareStreamUrl: streamUrl,
    mevShareUrl,
    publicTransactionsUrl: parts.publicTransactionsUrl,
    markets: markets.map(({ id, pool }) => ({ id, pool: pool.address, feeds })),
    tokens: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, ground.tokens[symbol].address])),
    operators: [operator.address],
    executor,
    env: {
      RPC_URLS: `${wsUrl},${rpcUrl}`,
      SIMULATION_RPC_URL: rpcUrl,
      MARKETS_FILE: parts.marketsFile,
      PRIVATE_KEY: operator.privateKey,
      RELAY_AUTH_KEY: keccak256(toUtf8Bytes('the devnet keeper speaks to its relays')),
      RELAY_URLS: relayUrls.map((url, i) => `${url}#${profileOf(relays[i])}`).join(','),
      ...(mevShareUrl === null ? {} : { MEV_SHARE_STREAM_URL: streamUrl }),
      EXECUTOR_ADDRESS: executor,
      DATA_DIR: parts.dataDir,
      DRY_RUN: 'false',
      MIN_PROFIT_USD: '5',
      BID_BPS: '3000',
      CONFIRMATIONS: '3',
      METRICS_PORT: '0',
      LOG_LEVEL: 'info',
    },
  }
}

/** The keeper's word for a relay's ways: it cannot know them by the host as it does the real ones. */
const profileOf = (relay: RelayOptions | undefined): string =>
  relay === undefined || relay.personality === 'nullResult' ? 'plain' : relay.personality

/** Whoever reads the file while it is written sees the old one or the new one. */
export function writeDevnetFile(path: string, description: DevnetFile): void {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, path)
}
