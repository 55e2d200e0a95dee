import type { MarketFileInput } from '../config/market-file.js'
import type { AaveMarket } from './aave/market.js'
import { MULTICALL } from './multicall.js'
import type { EtherPool } from './uniswap/deploy.js'
import { ETHER_SHAPE } from './uniswap/ether-pool.js'
import { SPACINGS } from './uniswap/pools.js'
import type { Ground } from './ground.js'

const managed = ({ manager }: EtherPool): MarketFileInput['chain']['venues'][number] => ({
  ...{ kind: 'uniswapV4', name: 'uniswap v4', manager: manager.address, shapes: [ETHER_SHAPE] },
})

/** The market file of a local chain. */
export function describeMarkets(
  { tokens, uniswap }: Pick<Ground, 'tokens' | 'uniswap'>,
  markets: readonly AaveMarket[],
  chainId: number,
  blockTimeSeconds = 1,
): MarketFileInput {
  const fees = Object.keys(SPACINGS).map(Number)
  return {
    source: 'the local chain, as deployed',
    chain: {
      id: chainId,
      name: 'devnet',
      blockTimeSeconds,
      // time is moved forward to let interest run and grace periods end
      clock: 'own',
      wrappedNative: tokens.WETH.address,
      multicall: MULTICALL,
      submission: 'bundle',
      submissionUrls: [],
      bid: 'coinbase',
      venues: [
        { kind: 'uniswapV3', name: 'uniswap', factory: uniswap.factory.address, fees },
        ...(uniswap.ether === null ? [] : [managed(uniswap.ether)]),
      ],
      hops: [tokens.WETH.address, tokens.USDC.address],
    },
    markets: markets.map((market) => ({
      id: market.id,
      strategy: 'aave-v3',
      deployBlock: market.deployBlock,
      contracts: {
        pool: market.pool.address,
        addressesProvider: market.addressesProvider.address,
        configurator: market.configurator.address,
        oracle: market.oracle.address,
        dataProvider: market.dataProvider.address,
        aclManager: market.aclManager.address,
      },
      implementationCodeHashes: [market.implementationCodeHash],
    })),
  }
}
