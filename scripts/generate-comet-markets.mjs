// Writes config/markets/compound-v3-<chain>.json from the deployments of Compound's own repository. Run once when a Comet is
// added or moved:
//   git clone --bare https://github.com/compound-finance/comet ../comet.git
//   node scripts/generate-comet-markets.mjs --from ../comet.git
// The section on the chain is that of the Aave file of the same chain.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { getAddress } from 'ethers'
import { chainOf, fail, fromArgument, writeMarketFile } from './market-files.mjs'

/**
 * `deployBlock` is the block of the chain's Configurator as papercliplabs/compound-v3-subgraph (networks.json) gives it: the
 * first Comet got its implementation through it, so no event that counts is older.
 */
const CHAINS = [
  { name: 'ethereum', folder: 'mainnet', aave: 'aave-v3-ethereum-core', deployBlock: 15331590 },
  { name: 'arbitrum', folder: 'arbitrum', aave: 'aave-v3-arbitrum', deployBlock: 87335242 },
  { name: 'base', folder: 'base', aave: 'aave-v3-base', deployBlock: 2197594 },
  { name: 'optimism', folder: 'optimism', aave: 'aave-v3-optimism', deployBlock: 118406281 },
  { name: 'polygon', folder: 'polygon', aave: 'aave-v3-polygon', deployBlock: 39412378 },
]

/** Comets that price in ether or bitcoin by their base token: the collateral of another Comet whose feed says what that is worth. */
const UNITS = { WETH: 'WETH', WBTC: 'WBTC' }

/** Priced in itself, and no deployment names a feed of it in dollars. */
const LEFT_OUT = ['wstETH']

/** The Comet of each chain that prices ether (and bitcoin) in dollars by Chainlink's own feeds. */
const PRICED_BY = { ethereum: 'usdc', arbitrum: 'usdc', base: 'usdbc', optimism: 'usdc', polygon: 'usdc' }

const source = resolve(fromArgument() ?? fail('name the git directory of compound-finance/comet with --from'))
const git = (...args) => execFileSync('git', ['-C', source, ...args], { encoding: 'utf8' })
const json = (path) => JSON.parse(git('show', `HEAD:${path}`))
const commit = git('rev-parse', '--short=7', 'HEAD').trim()

const folders = (chain) =>
  git('ls-tree', '-d', '--name-only', 'HEAD', `deployments/${chain}/`)
    .trim()
    .split('\n')
    .map((path) => path.slice(path.lastIndexOf('/') + 1))

/** The feed of a collateral of the chain's Comet in dollars. */
function feedOf(chain, asset) {
  const path = `deployments/${chain.folder}/${PRICED_BY[chain.name]}/configuration.json`
  const feed = json(path).assets[asset]?.priceFeed ?? fail(`${path} has no feed of ${asset}`)
  return getAddress(feed)
}

/** What gas is worth, for a Comet that does not list the native token; nothing for one that does. */
function nativeOf(chain, configuration, native) {
  const isNative = (address) => getAddress(address) === native
  const listed = [configuration.baseTokenAddress, ...Object.values(configuration.assets).map(({ address }) => address)]
  if (listed.some(isNative)) return {}
  const path = `deployments/${chain.folder}/${PRICED_BY[chain.name]}/configuration.json`
  const feed = Object.values(json(path).assets).find(({ address }) => isNative(address))?.priceFeed
  return { native, nativeFeed: getAddress(feed ?? fail(`${path} has no feed of ${native}`)) }
}

function marketsOf(chain, native) {
  return folders(chain.folder).flatMap((folder) => {
    const id = `compound-v3-${chain.name}-${folder.replace('.', '-')}`
    const configuration = json(`deployments/${chain.folder}/${folder}/configuration.json`)
    if (LEFT_OUT.includes(configuration.baseToken)) {
      console.log(`left out: ${id}`)
      return []
    }
    const { comet } = json(`deployments/${chain.folder}/${folder}/roots.json`)
    const unit = UNITS[configuration.baseToken]
    const contracts = {
      ...{ comet: getAddress(comet), baseToken: getAddress(configuration.baseTokenAddress) },
      ...nativeOf(chain, configuration, native),
      ...(unit === undefined ? {} : { unitFeed: feedOf(chain, unit) }),
    }
    const { deployBlock } = chain
    return [{ id, strategy: 'compound-v3', deployBlock, contracts, implementationCodeHashes: [] }]
  })
}

for (const chain of CHAINS) {
  const section = chainOf(chain.aave)
  writeMarketFile(`compound-v3-${chain.name}`, {
    source: `compound-finance/comet ${commit} (deployments/${chain.folder}), deployBlock from papercliplabs/compound-v3-subgraph (networks.json, the chain's Configurator)`,
    chain: section,
    markets: marketsOf(chain, section.wrappedNative),
  })
}
