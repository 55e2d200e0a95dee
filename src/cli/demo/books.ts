import type { Address } from '../../domain/chain.js'
import { NATIVE } from '../../ledger/booking.js'
import { valueInWei, type PriceInWei } from '../../ledger/totals.js'
import type { Devnet } from '../../devnet/devnet.js'
import { DECIMALS, SYMBOLS } from '../../devnet/catalogue.js'
import { priceOf } from '../../devnet/feeds.js'

/** Raw units per token of everything that is the keeper owner's. */
export type Balances = ReadonlyMap<Address, bigint>

const hex = (block: number): string => `0x${block.toString(16)}`

/** Balances of owner, payout address, operator and executor at `block`, added up per token. From the chain alone. */
export async function balancesAt(devnet: Devnet, block: number): Promise<Balances> {
  const { owner, payout, operator, executor, ground, anvil } = devnet
  const sums = new Map<Address, bigint>()
  for (const account of [owner, payout, operator, executor]) {
    const coins = BigInt((await anvil.rpc('eth_getBalance', [account, hex(block)])) as string)
    sums.set(NATIVE, (sums.get(NATIVE) ?? 0n) + coins)
    for (const symbol of SYMBOLS) {
      const token = ground.tokens[symbol]
      const [amount] = await ground.admin.read(token, 'balanceOf', [account], hex(block))
      sums.set(token.address, (sums.get(token.address) ?? 0n) + (amount as bigint))
    }
  }
  return sums
}

/** What one raw unit of each token is worth in wei at the feeds' prices of now, as exact fractions. */
export async function finalPrices(devnet: Devnet): Promise<ReadonlyMap<Address, PriceInWei>> {
  const { ground } = devnet
  const ether = await priceOf(ground.admin, ground.feeds, 'WETH')
  const prices = new Map<Address, PriceInWei>([[NATIVE, { numerator: 1n, denominator: 1n }]])
  for (const symbol of SYMBOLS) {
    const price = await priceOf(ground.admin, ground.feeds, symbol)
    const worth = { numerator: price * 10n ** 18n, denominator: ether * 10n ** BigInt(DECIMALS[symbol]) }
    prices.set(ground.tokens[symbol].address, worth)
  }
  return prices
}

/** Change of the balances, valued once in wei and floored once. */
export function ownerDeltaWei(before: Balances, after: Balances, prices: ReadonlyMap<Address, PriceInWei>): bigint {
  return valueInWei(new Map([...after].map(([token, now]) => [token, now - (before.get(token) ?? 0n)])), prices)
}
