import type { Address } from '../../src/domain/chain.js'
import { WAD } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { ReserveInfo } from '../../src/domain/strategy.js'
import { valuationOf } from '../../src/profit/valuation.js'

const [weth, staked, feed]: Address[] = ['1', '2', '3'].map((n): Address => `0x${n.repeat(40)}`)
const ONE = 10n ** 8n
/** A Comet of ether: one staked ether is 1.2 ether, one ether 3,000 dollars. */
const PRICES: Readonly<Record<string, bigint>> = {
  weth: ONE,
  staked: (12n * ONE) / 10n,
  unit: 3_000n * ONE,
  usd: 3_000n * ONE,
}
const view: PriceView = { block: 1, timestamp: 1n, price: (id) => ({ value: PRICES[id] ?? 0n, source: 'round' }) }

const reserve = (address: Address | undefined, id: string, unit?: string): ReserveInfo => ({
  ...{ token: { address: address ?? `0x${'0'.repeat(40)}`, symbol: id, decimals: 18 }, feed: id, flash: null },
  ...{ source: feed ?? `0x${'0'.repeat(40)}`, ...(unit === undefined ? {} : { unit }) },
})

test('a market priced in ether is valued in dollars', () => {
  const native = weth ?? `0x${'0'.repeat(40)}`
  const valuation = valuationOf([reserve(weth, 'weth', 'unit'), reserve(staked, 'staked', 'unit')], view, native)
  expect(valuation.usd8(WAD)).toBe(3_000n * ONE)
  expect(valuation.weiOfUsd8(6_000n * ONE)).toBe(2n * WAD)
  expect(valuation.wei(staked ?? native, 10n * WAD)).toBe(12n * WAD)
  expect(valuation.base(staked ?? native, WAD)).toBe(3_600n * ONE)
})

test('a native token in dollars beside prices in ether; without a price of the unit nothing is valued', () => {
  const native = weth ?? `0x${'0'.repeat(40)}`
  const valuation = valuationOf([reserve(weth, 'usd'), reserve(staked, 'staked', 'unit')], view, native)
  expect(valuation.wei(staked ?? native, WAD)).toBe((12n * WAD) / 10n)
  expect(() => valuationOf([reserve(weth, 'weth', 'nothing')], view, native)).toThrow(
    'no price of the wrapped native token',
  )
})
