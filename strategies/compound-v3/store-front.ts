import type { ShelfStock, StoreFront } from '../../src/auctions/store-front.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { Batch } from '../../src/domain/batch.js'
import type { BlockRef, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { accrue, reservesOf } from './interest.js'
import { readTotals } from './read-accounts.js'
import { readConfiguration } from './read-config.js'
import { baseFor, discountedPrice, isForSale } from './rules.js'
import { COMET_CALL } from './signatures.js'
import { storeId } from './state.js'

/**
 * A Comet's reserves against their target (getReserves, targetReserves) and what it has to sell (getCollateralReserves) at
 * its own prices of the block, rounded as `quoteCollateral` does. Collaterals of which it has none are left out, and one
 * without a price, which nobody can buy or absorb, costs nothing here and is named in `reasons`. Six rounds. Throws `KeeperError('read-failed')`.
 */
export async function readStoreFront(reader: Reader, market: Market, block: BlockRef): Promise<StoreFront> {
  const batch = new Batch(reader, block.number)
  const { config, assets } = await readConfiguration(batch, market)
  const { totals, pauses, baseBalance, reserves: held } = await readTotals(batch, { market, config, assets })
  const comet = contractOf(market, 'comet')
  const stocked = assets.filter(({ index }) => (held[index] ?? 0n) > 0n)
  const feeds = [config.baseFeed, ...stocked.map(({ feed }) => feed)]
  const answers = await batch.try(feeds.map((feed) => COMET_CALL.getPrice(comet, feed)))
  const [basePrice = 0n, ...prices] = answers.map((data) => (data === null || data === '0x' ? 0n : wordAt(data, 0)))
  const base = { price: basePrice, scale: config.baseScale }
  const reserves = reservesOf(baseBalance, accrue(totals, config, block.timestamp))
  const stock = stocked.map((asset, i): ShelfStock => {
    const price = discountedPrice(prices[i] ?? 0n, asset, config.storeFrontFactor)
    const amount = held[asset.index] ?? 0n
    const pay = price === 0n || base.price === 0n ? 0n : baseFor({ price, scale: asset.scale, base }, amount)
    return { token: asset.token, position: storeId(asset.token.address), amount, pay }
  })
  const reasons = [
    ...(pauses.absorb ? ['absorb is paused'] : []),
    ...(pauses.buy ? ['buyCollateral is paused'] : []),
    ...(base.price === 0n ? ['the base token has no price'] : []),
    ...stocked.flatMap(({ token }, i) => ((prices[i] ?? 0n) === 0n ? [`${token.symbol} has no price`] : [])),
  ]
  const { targetReserves: target } = config
  return { base: config.base, reserves, target, forSale: isForSale(reserves, target) && !pauses.buy, reasons, stock }
}
