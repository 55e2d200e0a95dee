// Writes config/markets/hai-optimism.json and open-dollar-arbitrum.json. The addresses below were copied by hand from the sources
// that each file names; the script adds checksums, the feeds of Aave's address book and the section on the chain, which is that of
// the Aave file of the same chain. Run once when a collateral type is added or moved:
//   mkdir ../book && (cd ../book && npm init -y && npm install @aave-dao/aave-address-book --legacy-peer-deps)
//   node scripts/generate-geb-markets.mjs --from ../book
import { resolve } from 'node:path'
import { getAddress } from 'ethers'
import { addressBook, chainOf, fail, fromArgument, writeMarketFile } from './market-files.mjs'

/** Uniswap's first SwapRouter, the same on both chains. */
const ROUTER = '0xE592427A0AEce92De3Edee1F18E0157C05861564'

/**
 * hai-on-op/core de5a2d0 (script/MainnetDeployment.s.sol), the same in hai-on-op/sdk dfcc7e9 and in @opendollar/sdk 1.7.6.
 * Collateral types: join and house there too; the delayed oracle as the relayer gave it on 2026-03-08
 * (script/tenderly/bootstrap-stability-pool.manifest.json of the same commit).
 */
const HAI = {
  file: 'hai-optimism',
  aave: 'aave-v3-optimism',
  book: 'AaveV3Optimism',
  source:
    'hai-on-op/core de5a2d0 (script/MainnetDeployment.s.sol), confirmed by hai-on-op/sdk dfcc7e9 and @opendollar/sdk 1.7.6 but for the delayed oracles: those of WETH, WSTETH and OP by script/tenderly/bootstrap-stability-pool.manifest.json of the same commit, that of RETH by that manifest alone; deployBlock: hai-on-op/subgraph 95fbb96 (config/mainnet.json); feeds: Aave’s',
  deployBlock: 116055145,
  // one debt auction asks for 10,000 coins (script/MainnetParams.s.sol)
  auctions: { router: ROUTER, maxPerAuction: '10000', maxLocked: '10000', maxImpactBps: 100 },
  shared: {
    safeEngine: '0x9Ff826860689483181C5FAc9628fd2F70275A700',
    liquidationEngine: '0x8Be588895BE9B75F9a9dAee185e0c2ad89891b56',
    accountingEngine: '0xa4900795EbFfadc12790f05f7c4AC42CD765Bd10',
    debtAuctionHouse: '0x7CdE0d7296725aFB80EA091Eca8D06A377f617b3',
    oracleRelayer: '0x6270403b908505F02Da05BE5c1956aBB59FDb3A6',
    coinJoin: '0x30Ce72230A47A0967B7e52A1bAE0178DbD7c6eA3',
    coin: '0x10398AbC267496E49106B07dd6BE13364D10dC71',
    protocolToken: '0xf467C7d5a4A9C4687fFc7986aC6aD5A4c81E1404',
  },
  collaterals: [
    {
      symbol: 'WETH',
      collateralAuctionHouse: '0x2c6c978B3e707482236De7d23E3A375270F41175',
      delayedOracle: '0x2fC0cb2c5065a79bC2db79e4fbD537b7CaCF6f36',
      collateralJoin: '0xbE57D71e81F83a536937f07E0B3f48dd6f55376B',
    },
    {
      symbol: 'wstETH',
      collateralAuctionHouse: '0x375686A4cD77DD8e86dD06353E0b42bC53cB3704',
      delayedOracle: '0xB64c0f551C006d932484a6F86Ea7A20D73e4f77C',
      collateralJoin: '0x77a82b65F8FA7da357A047B897C0339bD0B0B361',
    },
    {
      symbol: 'OP',
      collateralAuctionHouse: '0x6b5c2deA8b9b13A043DDc25C6581cD6D87a2A881',
      delayedOracle: '0x519011D32806f324364201C5C98579aEC55D9011',
      collateralJoin: '0x994fa61F9305Bdd6e5E6bA84015Ee28b109C827A',
    },
    {
      symbol: 'rETH',
      collateralAuctionHouse: '0xf8C655Ed6475BeFFBD2964EFEC592bbD21757804',
      delayedOracle: '0xB43314DBdb9b8036E7012A3cDc267E2105Ee8740',
      collateralJoin: '0x8FacB2Fc0a6bC9b82a17C5f4092FAdbc415b8FFA',
    },
  ],
}

/** Its token and coin have pools at Camelot alone (Algebra), which is no venue here: no `auctions`. */
const OPEN_DOLLAR = {
  file: 'open-dollar-arbitrum',
  aave: 'aave-v3-arbitrum',
  book: 'AaveV3Arbitrum',
  source:
    'open-dollar/od-contracts d805d33 (script/MainnetContracts.s.sol), confirmed by deployments/mainnet/protocol-deployment-verified.json of the same commit and by @opendollar/sdk 1.7.6 but for the delayed oracles; deployBlock: the first receipt of that deployment; feeds: Aave’s',
  deployBlock: 203621133,
  shared: {
    safeEngine: '0xEff45E8e2353893BD0558bD5892A42786E9142F1',
    liquidationEngine: '0x17e546dDCE2EA8A74Bd667269457A2e80b309965',
    accountingEngine: '0x92Bbc105430F96ddB09300A3b94cf77E3538d92c',
    debtAuctionHouse: '0x5A021f2063bc2D26fd24a632e29587Afe14D30e5',
    oracleRelayer: '0x7404fc1F3796748FAE17011b57Fad9713185c1d6',
    coinJoin: '0xeE4393C6165a416c83756198A56395F48bbf480f',
    coin: '0x221A0f68770658C15B525d0F89F5da2baAB5f321',
    protocolToken: '0x000D636bD52BFc1B3a699165Ef5aa340BEA8939c',
  },
  collaterals: [
    {
      symbol: 'ARB',
      collateralAuctionHouse: '0x42757A0f17CbE17014f7f914c4146AC7D7f44bB4',
      delayedOracle: '0xa4e0410E7eb9a02aa9C0505F629d01890c816A77',
      collateralJoin: '0x526Afa46F46Fd80BAa7A6CB62169e59309854611',
    },
    {
      symbol: 'wstETH',
      collateralAuctionHouse: '0x0365dFC776851e970bd6269a2862eFc9a6265273',
      delayedOracle: '0x026d81728a24c0F20A83c9263A455922c70b84aC',
      collateralJoin: '0xae7Df58bB63b2Db798f85AB7BCACE340d55f6f39',
    },
    {
      symbol: 'rETH',
      collateralAuctionHouse: '0x51a423B43101B219a9ECdEC67525896d856186Ec',
      delayedOracle: '0x9420eFb9808b0ed432Ad5AD41C302bc908FE344f',
      collateralJoin: '0xC215F3509AFbB303Bf4a20CBFAA5382fad9bEA1D',
    },
  ],
}

const { name: bookName, book } = addressBook(
  resolve(fromArgument() ?? fail('name the folder of the address book with --from')),
)

/** In the order of `strategies/geb/contracts.ts`; Aave's oracle of a token answers `latestAnswer()` in USD with 8 decimals. */
function contractsOf({ shared, book: name }, own, native) {
  const { ASSETS } = book[name]
  const { UNDERLYING: collateral, ORACLE: feed } = ASSETS[own.symbol] ?? fail(`${name} has no ${own.symbol}`)
  const { safeEngine, liquidationEngine, accountingEngine, debtAuctionHouse, oracleRelayer, ...tokens } = shared
  const { collateralAuctionHouse, delayedOracle, collateralJoin } = own
  const { coinJoin, coin, protocolToken } = tokens
  const gas = collateral === native ? {} : { native, nativeFeed: ASSETS.WETH.ORACLE }
  const named = {
    ...{ safeEngine, liquidationEngine, accountingEngine, collateralAuctionHouse, debtAuctionHouse, oracleRelayer },
    ...{ delayedOracle, coinJoin, collateralJoin, coin, protocolToken, collateral, feed, ...gas },
  }
  return Object.fromEntries(Object.entries(named).map(([key, address]) => [key, getAddress(address)]))
}

for (const protocol of [HAI, OPEN_DOLLAR]) {
  const chain = chainOf(protocol.aave)
  writeMarketFile(protocol.file, {
    source: `${protocol.source} (${bookName})`,
    chain,
    markets: protocol.collaterals.map((one) => ({
      id: `${protocol.file}-${one.symbol.toLowerCase()}`,
      strategy: 'geb',
      deployBlock: protocol.deployBlock,
      contracts: contractsOf(protocol, one, chain.wrappedNative),
      implementationCodeHashes: [],
      ...(protocol.auctions === undefined ? {} : { auctions: protocol.auctions }),
    })),
  })
}
