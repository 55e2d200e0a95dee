// Writes config/markets/aave-v3-*.json from the Aave address book. Run once when a market is added or moved:
//   mkdir ../book && (cd ../book && npm init -y && npm install @aave-dao/aave-address-book --legacy-peer-deps)
//   node scripts/generate-markets.mjs --from ../book
// The address book is not a dependency: it brings much with it and is needed by nothing else.
import { resolve } from 'node:path'
import { addressBook, fail, fromArgument, writeMarketFile } from './market-files.mjs'

const UNISWAP_V3 = '0x1F98431c8aD98523631AE4a59f267346ea31F984'
const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

/** What the address book does not say. Order flow per chain: README, "Order flow". */
const CHAINS = {
  ethereum: {
    id: 1,
    name: 'Ethereum',
    blockTimeSeconds: 12,
    native: 'WETH',
    submission: 'bundle',
    submissionUrls: [
      'https://relay.flashbots.net',
      'https://rpc.buildernet.org',
      'https://rpc.titanbuilder.xyz',
      'https://rpc.quasar.win',
    ],
    bid: 'coinbase',
    factory: UNISWAP_V3,
    hops: ['WETH', 'USDC', 'USDT', 'WBTC', 'DAI'],
  },
  arbitrum: {
    id: 42161,
    name: 'Arbitrum One',
    blockTimeSeconds: 0.25,
    native: 'WETH',
    submission: 'sequencer',
    submissionUrls: ['https://arb1-sequencer.arbitrum.io/rpc'],
    bid: 'none',
    factory: UNISWAP_V3,
    hops: ['WETH', 'USDCn', 'USDT', 'USDC', 'WBTC', 'DAI'],
  },
  base: {
    id: 8453,
    name: 'Base',
    blockTimeSeconds: 2,
    native: 'WETH',
    submission: 'sequencer',
    submissionUrls: ['https://mainnet-sequencer.base.org'],
    bid: 'priorityFee',
    bidBps: 1_000,
    minTipWei: 1_000_000,
    factory: '0x33128a8fC17869897dcE68Ed026d694621f6FDfD',
    hops: ['WETH', 'USDC', 'cbBTC', 'USDbC'],
  },
  optimism: {
    id: 10,
    name: 'OP Mainnet',
    blockTimeSeconds: 2,
    native: 'WETH',
    submission: 'sequencer',
    submissionUrls: ['https://mainnet-sequencer.optimism.io'],
    bid: 'priorityFee',
    bidBps: 1_000,
    minTipWei: 1_000_000,
    factory: UNISWAP_V3,
    hops: ['WETH', 'USDCn', 'USDT', 'USDC', 'WBTC', 'DAI'],
  },
  polygon: {
    id: 137,
    name: 'Polygon',
    blockTimeSeconds: 2,
    native: 'WPOL',
    submission: 'privateRpc',
    // Polygon's private endpoint is given out on application: RELAY_URLS, else dry-run
    submissionUrls: [],
    bid: 'priorityFee',
    bidBps: 1_000,
    minTipWei: 30_000_000_000,
    factory: UNISWAP_V3,
    hops: ['WPOL', 'USDCn', 'WETH', 'USDC', 'USDT0', 'WBTC', 'DAI'],
  },
}

/**
 * `deployBlock` is the block of the market's PoolAddressesProviderRegistry as aave/protocol-subgraphs (config/) gives it:
 * the registry comes before the pool, so no event is older.
 */
const MARKETS = [
  { file: 'aave-v3-ethereum-core', chain: 'ethereum', book: 'AaveV3Ethereum', deployBlock: 16291006 },
  { file: 'aave-v3-ethereum-prime', chain: 'ethereum', book: 'AaveV3EthereumLido', deployBlock: 20262370 },
  { file: 'aave-v3-arbitrum', chain: 'arbitrum', book: 'AaveV3Arbitrum', deployBlock: 7736400 },
  { file: 'aave-v3-base', chain: 'base', book: 'AaveV3Base', deployBlock: 2357105 },
  { file: 'aave-v3-optimism', chain: 'optimism', book: 'AaveV3Optimism', deployBlock: 4364790 },
  { file: 'aave-v3-polygon', chain: 'polygon', book: 'AaveV3Polygon', deployBlock: 25824300 },
]

/** Tokens are looked up in the chain's largest market: Prime has no USDT to route through, the chain has. */
const TOKENS_OF = {
  ethereum: 'AaveV3Ethereum',
  arbitrum: 'AaveV3Arbitrum',
  base: 'AaveV3Base',
  optimism: 'AaveV3Optimism',
  polygon: 'AaveV3Polygon',
}

const { name: BOOK, book } = addressBook(resolve(fromArgument() ?? '.'))

const wanted = (value, what) => value ?? fail(`${BOOK} has no ${what}`)
const token = (chain, symbol) =>
  wanted(book[TOKENS_OF[chain]]?.ASSETS[symbol]?.UNDERLYING, `${TOKENS_OF[chain]}.ASSETS.${symbol}`)

function marketFile({ file, chain, book: name, deployBlock }) {
  const {
    id,
    name: chainName,
    blockTimeSeconds,
    native,
    submission,
    submissionUrls,
    bid,
    bidBps,
    minTipWei,
    factory,
    hops,
  } = CHAINS[chain]
  const market = wanted(book[name], name)
  if (market.CHAIN_ID !== id) fail(`${name} is on chain ${market.CHAIN_ID}, not ${id}`)
  return {
    source: `${BOOK}, deployBlock from aave/protocol-subgraphs`,
    chain: {
      id,
      name: chainName,
      blockTimeSeconds,
      wrappedNative: token(chain, native),
      multicall: MULTICALL3,
      submission,
      submissionUrls,
      bid,
      bidBps,
      minTipWei,
      venues: [{ kind: 'uniswapV3', name: 'uniswap', factory, fees: [100, 500, 3000, 10000] }],
      hops: hops.map((symbol) => token(chain, symbol)),
    },
    markets: [
      {
        id: file,
        strategy: 'aave-v3',
        deployBlock,
        contracts: {
          pool: wanted(market.POOL, `${name}.POOL`),
          addressesProvider: wanted(market.POOL_ADDRESSES_PROVIDER, `${name}.POOL_ADDRESSES_PROVIDER`),
          configurator: wanted(market.POOL_CONFIGURATOR, `${name}.POOL_CONFIGURATOR`),
          oracle: wanted(market.ORACLE, `${name}.ORACLE`),
        },
        implementationCodeHashes: [],
      },
    ],
  }
}

for (const market of MARKETS) writeMarketFile(market.file, marketFile(market))
