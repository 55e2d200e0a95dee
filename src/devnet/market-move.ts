import type { Address, Hex } from '../domain/chain.js'
import { SYMBOLS, type TokenSymbol } from './catalogue.js'
import { priceOf } from './feeds.js'
import type { Ground } from './ground.js'
import { arbitrageTo, type Transaction } from './uniswap/follow-prices.js'
import type { Prices } from './uniswap/deploy.js'

const FEED_GAS: Hex = '0x30d40'

/**
 * The transactions of a market that moves: the feeds' new answers (USD, 8 decimals) from `sender`, then the swaps with
 * which arbitrage brings every Uniswap pool to them. wstETH follows ether unless it is given a price of its own.
 */
export async function marketMove(ground: Ground, changes: Partial<Prices>, sender: Address): Promise<Transaction[]> {
  const { admin, feeds, tokens, uniswap } = ground
  const answers = SYMBOLS.flatMap((symbol) => {
    const price = changes[symbol]
    if (price === undefined) return []
    const { address, abi } = feeds.sources[symbol]
    return [{ from: sender, to: address, data: abi.encodeFunctionData('setAnswer', [price]) as Hex, gas: FEED_GAS }]
  })
  return [...answers, ...(await arbitrageTo(admin.rpc, uniswap, tokens, await pricesAfter(ground, changes)))]
}

async function pricesAfter({ admin, feeds }: Ground, changes: Partial<Prices>): Promise<Prices> {
  const now = await Promise.all(SYMBOLS.map(async (symbol) => [symbol, await priceOf(admin, feeds, symbol)] as const))
  const after = { ...(Object.fromEntries(now) as Record<TokenSymbol, bigint>), ...changes }
  if (changes.wstETH === undefined) {
    const [ratio] = await admin.read(feeds.sources.wstETH, 'getRatio')
    after.wstETH = (after.WETH * (ratio as bigint)) / 10n ** 18n
  }
  return after
}
