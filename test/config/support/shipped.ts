/** The market files that are shipped, by protocol, and what is in them by name. */
export const AAVE_FILES = [
  'aave-v3-arbitrum.json',
  'aave-v3-base.json',
  'aave-v3-ethereum-core.json',
  'aave-v3-ethereum-prime.json',
  'aave-v3-optimism.json',
  'aave-v3-polygon.json',
]

export const COMETS: Readonly<Record<string, readonly string[]>> = {
  'compound-v3-arbitrum.json': ['usdc', 'usdc-e', 'usdt', 'weth'],
  'compound-v3-base.json': ['aero', 'usdbc', 'usdc', 'usds', 'weth'],
  'compound-v3-ethereum.json': ['usdc', 'usds', 'usdt', 'wbtc', 'weth'],
  'compound-v3-optimism.json': ['usdc', 'usdt', 'weth'],
  'compound-v3-polygon.json': ['usdc', 'usdt'],
}

export const GEB_FILES = ['hai-optimism.json', 'open-dollar-arbitrum.json']

export const MAKER_FILE = 'maker-ethereum-eth-a.json'

/** Addresses once more, written down by themselves: file, contract, market, address. */
export const PINNED: readonly (readonly [file: string, contract: string, market: string, address: string])[] = [
  ['compound-v3-ethereum.json', 'comet', 'compound-v3-ethereum-usdc', '0xc3d688B66703497DAA19211EEdff47f25384cdc3'],
  ['hai-optimism.json', 'safeEngine', 'hai-optimism-op', '0x9Ff826860689483181C5FAc9628fd2F70275A700'],
  ['hai-optimism.json', 'liquidationEngine', 'hai-optimism-weth', '0x8Be588895BE9B75F9a9dAee185e0c2ad89891b56'],
  [
    'open-dollar-arbitrum.json',
    'liquidationEngine',
    'open-dollar-arbitrum-arb',
    '0x17e546dDCE2EA8A74Bd667269457A2e80b309965',
  ],
]
