import { keccak256 } from 'ethers'
import type { MarketFileInput } from '../../config/market-file.js'
import type { Address, Hex } from '../../domain/chain.js'
import type { Ground } from '../ground.js'
import { describeMarkets } from '../market-description.js'
import type { Geb } from './deploy.js'

export const GEB_MARKET = 'geb-devnet'

type Auctions = NonNullable<MarketFileInput['markets'][number]['auctions']>

/** The market file of a local chain with GEB alone. */
export async function describeGeb(
  ground: Ground,
  geb: Geb,
  feed: Address,
  chain: { readonly id: number; readonly blockTimeSeconds: number },
  auctions: Auctions,
): Promise<MarketFileInput> {
  const file = describeMarkets(ground, [], chain.id, chain.blockTimeSeconds)
  const code = (await ground.admin.rpc('eth_getCode', [geb.liquidationEngine.address, 'latest'])) as Hex
  const contracts = {
    safeEngine: geb.safeEngine,
    liquidationEngine: geb.liquidationEngine,
    accountingEngine: geb.accountingEngine,
    collateralAuctionHouse: geb.collateralAuctionHouse,
    debtAuctionHouse: geb.debtAuctionHouse,
    oracleRelayer: geb.oracleRelayer,
    delayedOracle: geb.delayedOracle,
    coinJoin: geb.coinJoin,
    collateralJoin: geb.collateralJoin,
    coin: geb.coin,
    protocolToken: geb.protocolToken,
    collateral: geb.collateral,
  }
  const addresses = Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]))
  const market = {
    ...{ id: GEB_MARKET, strategy: 'geb', deployBlock: geb.deployBlock, contracts: { ...addresses, feed } },
    ...{ implementationCodeHashes: [keccak256(code)], auctions },
  }
  return { ...file, markets: [market] }
}
