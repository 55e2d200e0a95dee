// Writes config/markets/compound-v3-<chain>.json from the deployments of Compound's own repository. Run once when a Comet is
// added or moved:
//   git clone --bare https://github.com/compound-finance/comet /tmp/comet.git
//   node scripts/generate-comet-markets.mjs --from /tmp/comet.git
// The section on the chain is that of the Aave file of the same chain.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getAddress } from 'ethers'

/**
 * `deployBlock` is the block of the chain's Configurator as papercliplabs/compound-v3-subgraph (networks.json) gives it: it
 * comes before every Comet of the chain, so no event is older.
 */
const CHAINS = [
  { name: 'ethereum', folder: 'mainnet', aave: 'aave-v3-ethereum-core', deployBlock: 15331590 },
  { name: 'arbitrum', folder: 'arbitrum', aave: 'aave-v3-arbitrum', deployBlock: 87335242 },
  { name: 'base', folder: 'base', aave: 'aave-v3-base', deployBlock: 2197594 },
  { name: 'optimism', folder: 'optimism', aave: 'aave-v3-optimism', deployBlock: 118406281 },
  { name: 'polygon', folder: 'polygon', aave: 'aave-v3-polygon', deployBlock: 39412378 },
]

/** Comets that price in ETH or BTC: what is a dollar in a setting would be a coin there (docs/compound-v3.md). */
const NOT_IN_DOLLARS = ['WETH', 'wstETH', 'WBTC']

/** For Comets that do not list the wrapped native token; Chainlink ETH/USD, as another Comet of the chain names it. */
const NATIVE_FEEDS = { base: { comet: 'usdbc', asset: 'WETH' } }

function fail(text) {
  console.error(`generate-comet-markets: ${text}`)
  process.exit(1)
}

const at = process.argv.indexOf('--from')
if (at < 0) fail('name the git directory of compound-finance/comet with --from')
const source = resolve(process.argv[at + 1] ?? '.')
const git = (...args) => execFileSync('git', ['-C', source, ...args], { encoding: 'utf8' })
const json = (path) => JSON.parse(git('show', `HEAD:${path}`))
const commit = git('rev-parse', '--short=7', 'HEAD').trim()
const target = fileURLToPath(new URL('../config/markets', import.meta.url))

const folders = (chain) =>
  git('ls-tree', '-d', '--name-only', 'HEAD', `deployments/${chain}/`)
    .trim()
    .split('\n')
    .map((path) => path.slice(path.lastIndexOf('/') + 1))

/** A native feed for a Comet without the native token; nothing for one that lists it; null where there is none. */
function nativeOf(chain, configuration, native) {
  const listed = [configuration.baseTokenAddress, ...Object.values(configuration.assets).map(({ address }) => address)]
  if (listed.some((address) => getAddress(address) === native)) return {}
  const feed = NATIVE_FEEDS[chain.name]
  if (feed === undefined) return null
  const { assets } = json(`deployments/${chain.folder}/${feed.comet}/configuration.json`)
  return { native, nativeFeed: getAddress(assets[feed.asset].priceFeed) }
}

function marketsOf(chain, native) {
  return folders(chain.folder).flatMap((folder) => {
    const id = `compound-v3-${chain.name}-${folder.replace('.', '-')}`
    const configuration = json(`deployments/${chain.folder}/${folder}/configuration.json`)
    const { comet } = json(`deployments/${chain.folder}/${folder}/roots.json`)
    if (NOT_IN_DOLLARS.includes(configuration.baseToken)) {
      console.log(`left out: ${id}, its prices are not in dollars`)
      return []
    }
    const priced = nativeOf(chain, configuration, native)
    if (priced === null) {
      console.log(`left out: ${id}, it has no price of the native token`)
      return []
    }
    const contracts = { comet: getAddress(comet), baseToken: getAddress(configuration.baseTokenAddress), ...priced }
    const { deployBlock } = chain
    return [{ id, strategy: 'compound-v3', deployBlock, contracts, implementationCodeHashes: [] }]
  })
}

for (const chain of CHAINS) {
  const { chain: section } = JSON.parse(readFileSync(join(target, `${chain.aave}.json`), 'utf8'))
  const file = {
    source: `compound-finance/comet ${commit} (deployments/${chain.folder}), deployBlock from papercliplabs/compound-v3-subgraph (networks.json, the chain's Configurator)`,
    chain: section,
    markets: marketsOf(chain, section.wrappedNative),
  }
  const name = `compound-v3-${chain.name}.json`
  writeFileSync(join(target, name), `${JSON.stringify(file, null, 2)}\n`)
  console.log(`written: config/markets/${name} (${file.markets.length} Comets)`)
}
