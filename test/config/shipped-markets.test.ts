import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { getAddress } from 'ethers'
import { readFileSync } from 'node:fs'
import { readMarketFile } from '../../src/config/market-file.js'
import { MAKER_CONTRACTS } from '../../strategies/maker/contracts.js'

const folder = join(__dirname, '../../config/markets')
const files = readdirSync(folder).sort()

const COMET = 'compound-v3-ethereum-usdc.json'
const MAKER = 'maker-ethereum-eth-a.json'

const AAVE: Shipped = {
  source: /^@aave-dao\/aave-address-book \d+\.\d+\.\d+/,
  contracts: ['pool', 'addressesProvider', 'configurator', 'oracle'],
}
/** Files that do not come from Aave's address book. */
const OTHERS: Readonly<Record<string, Shipped>> = {
  [COMET]: { source: /^compound-finance\/comet [0-9a-f]{7}/, contracts: ['comet', 'baseToken'] },
  [MAKER]: { source: /^sky-ecosystem\/spells-mainnet [0-9a-f]{7}.*chainlog/, contracts: [...MAKER_CONTRACTS] },
}

interface Shipped {
  readonly source: RegExp
  readonly contracts: readonly string[]
}

test('six Aave v3 markets, a Comet and an ilk of Maker are shipped', () => {
  expect(files).toEqual([
    'aave-v3-arbitrum.json',
    'aave-v3-base.json',
    'aave-v3-ethereum-core.json',
    'aave-v3-ethereum-prime.json',
    'aave-v3-optimism.json',
    'aave-v3-polygon.json',
    COMET,
    MAKER,
  ])
})

describe.each(files)('%s', (name) => {
  const file = readMarketFile(join(folder, name))

  test('says where it comes from and names what the strategy needs', () => {
    const { source, contracts } = OTHERS[name] ?? AAVE
    expect(file.source).toMatch(source)
    const [market] = file.markets
    expect(Object.keys(market?.contracts ?? {})).toEqual(contracts)
    expect(`${market?.id ?? ''}.json`).toBe(name)
    expect(market?.deployBlock).toBeGreaterThan(1_000_000)
  })

  test('no recorded code hash: the keeper stays in dry-run until the operator has looked', () => {
    expect(file.markets.flatMap((market) => market.implementationCodeHashes)).toEqual([])
  })

  test('every address is checksummed as its source writes it, the wrapped native token is the first hop', () => {
    const addresses = readFileSync(join(folder, name), 'utf8').match(/0x[0-9a-fA-F]{40}/g) ?? []
    for (const address of addresses) expect(getAddress(address)).toBe(address)
    expect(file.chain.hops[0]).toBe(file.chain.wrappedNative)
    expect(new Set(file.chain.hops).size).toBe(file.chain.hops.length)
  })

  test('submission endpoints are https; without any there is only dry-run', () => {
    for (const url of file.chain.submissionUrls) expect(url).toMatch(/^https:\/\//)
    expect(file.chain.submissionUrls.length === 0).toBe(file.chain.id === 137)
  })
})
