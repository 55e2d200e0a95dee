import type { Address } from '../../../src/domain/chain.js'
import { dollarsOf } from '../../../strategies/compound-v3/solvency.js'
import { CometState } from '../../../strategies/compound-v3/state.js'
import { compoundV3 } from '../../../strategies/compound-v3/strategy.js'

const [comet, base, baseFeed, native, nativeFeed] = ['1', '2', '3', '4', '5'].map((n): Address => `0x${n.repeat(40)}`)
const NONE = { kink: 0n, slopeLow: 0n, slopeHigh: 0n, base: 0n }

function stateOf(contracts: Readonly<Record<string, Address | undefined>>): CometState {
  const named = Object.entries(contracts).flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]))
  const market = { ...MARKET, contracts: Object.fromEntries(named) }
  const token = { address: base ?? ZERO, symbol: 'USDS', decimals: 18 }
  const config = {
    ...{ base: token, baseFeed: baseFeed ?? ZERO, baseScale: 1n, trackingIndexScale: 1n, storeFrontFactor: 1n },
    ...{ targetReserves: 0n, trackingSupplySpeed: 0n, trackingBorrowSpeed: 0n, minForRewards: 0n },
    ...{ supply: NONE, borrow: NONE },
  }
  return new CometState(market, config, {
    ...{ supplyIndex: 1n, borrowIndex: 1n, trackingSupplyIndex: 0n, trackingBorrowIndex: 0n },
    ...{ totalSupply: 0n, totalBorrow: 0n, accruedAt: 0n },
  })
}

test('a Comet without the native token takes its price from the feed that the market file names, asked through the Comet', () => {
  const state = stateOf({ comet, baseToken: base, native, nativeFeed })
  expect(compoundV3.reserves(state).map(({ token, source }) => [token.address, source])).toEqual([
    [base, baseFeed],
    [native, nativeFeed],
  ])
  const [, feed] = compoundV3.feeds(state)
  expect(feed).toMatchObject({ id: native, source: nativeFeed, read: { to: comet } })
})

test('a token that the Comet lists is priced as the Comet prices it', () => {
  const listed = stateOf({ comet, baseToken: base, native: base, nativeFeed })
  expect(compoundV3.reserves(listed)).toHaveLength(1)
  expect(compoundV3.reserves(stateOf({ comet, baseToken: base }))).toHaveLength(1)
})

test('a Comet priced in ether: its tokens are counted in the unit, the native token’s own feed and the unit are in dollars', () => {
  const state = stateOf({ comet, baseToken: base, native, nativeFeed, unitFeed: nativeFeed })
  expect(compoundV3.reserves(state).map(({ token, unit }) => [token.address, unit])).toEqual([
    [base, 'unit'],
    [native, undefined],
  ])
  expect(compoundV3.feeds(state).map(({ id, source }) => [id, source])).toEqual([
    [base, baseFeed],
    [native, nativeFeed],
    ['unit', nativeFeed],
  ])
  const prices: Readonly<Record<string, bigint>> = { unit: 3_000n * 10n ** 8n }
  const view = {
    block: 1,
    timestamp: 1n,
    price: (id: string) => ({ value: prices[id] ?? 0n, source: 'round' as const }),
  }
  // half an ether
  expect(dollarsOf(state, 5n * 10n ** 7n, view)).toBe(1_500n * 10n ** 8n)
  expect(dollarsOf(stateOf({ comet, baseToken: base }), 5n, view)).toBe(5n)
})

const ZERO: Address = `0x${'0'.repeat(40)}`
const MARKET = { id: 'comet', strategy: 'compound-v3', chainId: 8453, deployBlock: 1, implementationCodeHashes: [] }
