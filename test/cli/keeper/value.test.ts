import { worthOf } from '../../../src/cli/keeper/value.js'
import type { Address } from '../../../src/domain/chain.js'
import { NATIVE } from '../../../src/ledger/booking.js'
import { valuationOf } from '../../../src/profit/valuation.js'
import { A } from '../../execution/support/records.js'

const [WETH, USDC, ODD, UNHEARD] = [A('c'), A('d'), A('1'), A('2')]
const SIGNED = { netWei: 10n ** 18n, netUsd8: 1_900n * 10n ** 8n }

/** Ether at 2,000 and USDC at 1; `ODD` is listed and has no price at the moment. */
const PRICES: Readonly<Record<string, bigint>> = { eth: 2_000n * 10n ** 8n, usdc: 10n ** 8n, odd: 0n }
const reserve = (address: Address, decimals: number, feed: string) => ({
  token: { address, symbol: feed, decimals },
  feed,
})
const RESERVES = [reserve(WETH, 18, 'eth'), reserve(USDC, 6, 'usdc'), reserve(ODD, 18, 'odd')]
const at = {
  block: 1,
  timestamp: 1n,
  price: (feed: string) => ({ value: PRICES[feed] ?? 0n, source: 'round' as const }),
}
const market = valuationOf(RESERVES as never, at, WETH)
const worth = (deltas: readonly (readonly [Address, bigint])[], markets = [market]) =>
  worthOf(new Map(deltas), SIGNED, markets, WETH)

it('what has a price counts whatever else has none; losses are rounded away from zero', () => {
  const gas = [NATIVE, -(10n ** 15n)] as const
  expect(worth([gas])).toEqual({ usd8: -200_000_001n, unpriced: new Map() })
  expect(worth([gas, [USDC, 3_000_000n]]).usd8).toBe(100_000_000n - 1n)
  for (const token of [ODD, UNHEARD]) {
    for (const amount of [5n, -5n])
      expect(worth([gas, [token, amount]])).toEqual({ usd8: -200_000_001n, unpriced: new Map([[token, amount]]) })
  }
})

it('where no market prices the coin, gas counts at the rate of the signing', () => {
  const deltas = [
    [NATIVE, -(10n ** 15n)],
    [WETH, 10n ** 15n],
    [USDC, -1n],
  ] as const
  expect(worth(deltas, [])).toEqual({ usd8: -190_000_001n + 190_000_000n, unpriced: new Map([[USDC, -1n]]) })
  const unrated = { netWei: 0n, netUsd8: 0n }
  expect(worthOf(new Map([[NATIVE, -1n]]), unrated, [], WETH).unpriced).toEqual(new Map([[NATIVE, -1n]]))
})
