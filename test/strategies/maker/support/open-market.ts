import { openPair } from '../../../../src/devnet/geb/pools.js'
import type { TokenSymbol } from '../../../../src/devnet/catalogue.js'
import type { Ground } from '../../../../src/devnet/ground.js'
import type { Address } from '../../../../src/domain/chain.js'
import { RAY, WAD } from '../../../../src/domain/maths.js'
import { RAD } from '../../../../strategies/maker/maths.js'
import { ILK, what, type MakerContracts } from './maker-contracts.js'

/** What the pool of WETH and coins is opened with. */
const POOL = { ether: 8_000n, coins: 20_000_000n }

export interface MarketPlan extends Pick<Ground, 'admin' | 'tokens' | 'uniswap'> {
  readonly maker: Omit<MakerContracts, 'market'>
  mint(symbol: TokenSymbol, to: Address, amount: bigint): Promise<void>
}

/** A pool of WETH and coins, both in the joins, the limits of the Dog, and a price of 2,500 dollars. */
export async function openMarket({ admin, tokens, uniswap, maker, mint }: MarketPlan): Promise<void> {
  await mint('WETH', uniswap.maker, POOL.ether * WAD)
  await mint('DAI', uniswap.maker, POOL.coins * WAD)
  await openPair(admin, uniswap, {
    ...{ tokens: [tokens.WETH, tokens.DAI], amounts: [POOL.ether * WAD, POOL.coins * WAD] },
    ...{ fee: 3_000, tickSpacing: 60 },
  })
  // the coins that are inside the Vat
  await mint('DAI', maker.daiJoin.address, 10_000_000n * WAD)
  await mint('WETH', maker.gemJoin.address, 10_000n * WAD)
  await admin.send(maker.vat, 'suck', [maker.vow.address, maker.daiJoin.address, 10_000_000n * RAD])
  await admin.send(maker.vat, 'file', [ILK, what('dust'), 500n * RAD])
  await admin.send(maker.dog, 'file(bytes32,uint256)', [what('Hole'), 10n ** 8n * RAD])
  await admin.send(maker.dog, 'file(bytes32,bytes32,uint256)', [ILK, what('hole'), 10n ** 8n * RAD])
  await admin.send(maker.dog, 'file(bytes32,bytes32,uint256)', [ILK, what('chop'), (WAD * 113n) / 100n])
  await admin.send(maker.spotter, 'set', [2_500n * WAD, true, RAY])
  await admin.send(maker.spotter, 'poke', [ILK])
}
