import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { getAddress } from 'ethers'
import { examineSettings } from '../../src/cli/doctor-setup.js'
import { findingLine } from '../../src/cli/doctor-findings.js'
import { marketsOf } from '../../src/cli/strategies.js'
import { readMarketFile, type MarketFile } from '../../src/config/market-file.js'
import { readSettings } from '../../src/config/read-settings.js'
import { AAVE_FILES, COMETS, GEB_FILES, MAKER_FILE, PINNED } from './support/shipped.js'

const folder = join(__dirname, '../../config/markets')
const files = readdirSync(folder).sort()

const SOURCES: Readonly<Record<string, RegExp>> = {
  'aave-v3': /^@aave-dao\/aave-address-book \d+\.\d+\.\d+/,
  'compound-v3': /^compound-finance\/comet [0-9a-f]{7} \(deployments\//,
  maker: /^sky-ecosystem\/spells-mainnet [0-9a-f]{7}.*chainlog/,
  geb: /^(hai-on-op\/core|open-dollar\/od-contracts) [0-9a-f]{7,8} .*confirmed by/,
}

/** What a market may name beyond what its strategy asks for. */
const OPTIONAL = ['native', 'nativeFeed', 'unitFeed']
/** Tokens and feeds, which may stand in several places; a protocol's own contracts have one name each. */
const SHARED = ['baseToken', 'collateral', 'native', 'feed', 'nativeFeed', 'unitFeed']

test('what is shipped', () => {
  expect(files).toEqual([...AAVE_FILES, ...Object.keys(COMETS), ...GEB_FILES, MAKER_FILE].sort())
})

describe.each(files)('%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  const file = readMarketFile(join(folder, name))
  const known = marketsOf(file)

  test('says where it comes from and names what the strategy needs, in its order', () => {
    for (const { market, strategy } of known) {
      expect(file.source).toMatch(SOURCES[strategy.id] ?? /^$/)
      const names = Object.keys(market.contracts)
      expect(names.filter((one) => !OPTIONAL.includes(one))).toEqual(strategy.contracts)
      expect(names.includes('native')).toBe(names.includes('nativeFeed'))
      expect(market.id).toMatch(new RegExp(`^${name.replace('.json', '')}(-|$)`))
      expect(market.deployBlock).toBeGreaterThan(1_000_000)
    }
  })

  test('no recorded code hash: the keeper stays in dry-run until the operator has looked', () => {
    expect(file.markets.flatMap((market) => market.implementationCodeHashes)).toEqual([])
  })

  test('every address is checksummed, the wrapped native token is the first hop', () => {
    for (const address of text.match(/0x[0-9a-fA-F]{40}/g) ?? []) expect(getAddress(address)).toBe(address)
    expect(file.chain.hops[0]).toBe(file.chain.wrappedNative)
    expect(new Set(file.chain.hops).size).toBe(file.chain.hops.length)
  })

  test('no contract under two names, and the chain is that of the other files', () => {
    const roles = new Map<string, Set<string>>()
    for (const { contracts } of file.markets)
      for (const [role, address] of Object.entries(contracts).filter(([name]) => !SHARED.includes(name)))
        roles.set(address, (roles.get(address) ?? new Set()).add(role))
    expect([...roles].filter(([, names]) => names.size > 1)).toEqual([])
    const tokens = file.markets.flatMap(({ contracts }) => SHARED.map((name) => contracts[name]))
    expect(tokens.filter((token) => token !== undefined && roles.has(token))).toEqual([])
    expect(file.chain).toEqual(chainOf(file))
  })

  test('the doctor names the private path, or that there is none', () => {
    const lines = examineSettings(readSettings(SETTINGS, { needs: 'rpc' }), { file })
    const { submission, submissionUrls, name: chain } = file.chain
    const path =
      submissionUrls.length === 0
        ? `warn sending    no private path for ${chain}: the keeper stays in dry-run until RELAY_URLS names one`
        : `ok   sending    ${submission} through ${submissionUrls.map((url) => new URL(url).origin).join(', ')}`
    expect(lines.map(findingLine)).toContain(path)
    expect(lines.map(findingLine)).toContain('ok   sending    DRY_RUN is true: nothing will be sent')
    expect(submissionUrls.every((url) => url.startsWith('https://'))).toBe(true)
  })
})

const SETTINGS = { RPC_URLS: 'http://127.0.0.1:8545', MARKETS_FILE: 'any.json' }

/** The chain's section as the Aave file has it. */
function chainOf({ chain: { id } }: MarketFile): MarketFile['chain'] | undefined {
  return AAVE_FILES.map((name) => readMarketFile(join(folder, name)).chain).find((chain) => chain.id === id)
}

test.each(Object.entries(COMETS))('%s has the Comets of its chain', (name, comets) => {
  const { markets } = readMarketFile(join(folder, name))
  const prefix = `${name.replace('.json', '')}-`
  expect(markets.map(({ id }) => id.slice(prefix.length)).sort()).toEqual(comets)
})

/** The markets that name a contract, without the names of their files. */
function naming(contract: string): string[] {
  return files.flatMap((name) => {
    const { chain, markets } = readMarketFile(join(folder, name))
    const found = markets.filter(({ contracts }) => contracts[contract] !== undefined)
    for (const { contracts } of found) expect(contracts['native'] ?? chain.wrappedNative).toBe(chain.wrappedNative)
    return found.map(({ id }) => id)
  })
}

test('a market that does not price the native token names a feed for it', () => {
  expect(naming('nativeFeed')).toEqual([
    ...['compound-v3-base-usds', 'compound-v3-ethereum-wbtc'],
    ...['hai-optimism-wsteth', 'hai-optimism-op', 'hai-optimism-reth'],
    ...['open-dollar-arbitrum-arb', 'open-dollar-arbitrum-wsteth', 'open-dollar-arbitrum-reth'],
  ])
})

test('a Comet that is not priced in dollars names a feed of what it is priced in', () => {
  expect(naming('unitFeed')).toEqual([
    ...['compound-v3-arbitrum-weth', 'compound-v3-base-weth'],
    ...['compound-v3-ethereum-wbtc', 'compound-v3-ethereum-weth'],
    'compound-v3-optimism-weth',
  ])
})

test('bids are described only where pools for them are known', () => {
  const bidding = files.flatMap((name) =>
    readMarketFile(join(folder, name)).markets.flatMap(({ id, auctions }) => (auctions === undefined ? [] : [id])),
  )
  expect(bidding).toEqual(['weth', 'wsteth', 'op', 'reth'].map((one) => `hai-optimism-${one}`))
})

test.each(PINNED)('%s: %s of %s is %s', (name, contract, id, address) => {
  const market = readMarketFile(join(folder, name)).markets.find((one) => one.id === id)
  expect(market?.contracts[contract]).toBe(address.toLowerCase())
})
