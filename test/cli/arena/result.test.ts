import { aloneShare, faultsOf, resultOf } from '../../../src/cli/arena/result.js'
import { crashPath } from '../../../src/cli/arena/path.js'
import type { Tally } from '../../../src/cli/arena/tally.js'

const E18 = 10n ** 18n
const one = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`
const TALLY: Tally = {
  liquidations: [
    { by: 'keeper', user: one(1), block: 5, transaction: '0x1', channel: 'hint', delay: 0 },
    { by: 'keeper', user: one(2), block: 7, transaction: '0x2', channel: 'round', delay: 1 },
    { by: 'rival', user: one(3), block: 7, transaction: '0x3', channel: 'round', delay: 1 },
  ],
  deeds: [
    { by: 'keeper', grossWei: 5n * E18, bidWei: 4n * E18, gasWei: E18 / 2n },
    { by: 'keeper', grossWei: 4n * E18, bidWei: 2n * E18, gasWei: E18 / 2n },
    // a race that was lost costs its gas
    { by: 'keeper', grossWei: 0n, bidWei: 0n, gasWei: E18 / 10n },
    { by: 'rival', grossWei: 2n * E18, bidWei: E18, gasWei: E18 / 2n },
  ],
  left: [{ user: one(4), netWei: E18, channel: 'transmit' }],
  badDebtBase: '12',
  publicTransactions: 0,
}

test('the shares of a contest', () => {
  const rivals = [{ name: 'rival', bidBps: 5_000, sizes: [100], first: 'debt' as const }]
  const result = resultOf(TALLY, 300, rivals, [0.9])
  expect(result).toMatchObject({ positions: 300, liquidations: 2, shareOfLiquidations: 0.5, losingTransactions: 1 })
  expect(result.rivals).toEqual([{ name: 'rival', liquidations: 1, profit: 1.5, alone: 0.9 }])
  // 4.5 + 3.5 - 0.1 of that, 1.5 of the rival's and 1 that was left
  expect(result.shareOfProfit).toBeCloseTo(7.9 / 10.4)
  expect(result.netShare).toBeCloseTo(1.9 / 3.4)
  expect(result.bidShare).toBeCloseTo(6 / 9)
  expect(result.sharesByChannel).toEqual({ hint: 1, transmit: 0, round: 0.5 })
  expect(result.meanDelayBlocks).toBe(0.5)
  expect(faultsOf(result, 0.8)).toEqual([])
  expect(faultsOf(resultOf(TALLY, 300, [{ name: 'straw', bidBps: 0, sizes: [], first: 'debt' }], [0.7]), 0.8)).toEqual([
    'straw lands only 70 % when it is alone',
    'straw lands nothing',
  ])
  expect(aloneShare({ ...TALLY, liquidations: TALLY.liquidations.slice(0, 1) })).toBe(0.5)
})

test('a path is a function of its seed, falls, and has as many moves of each channel', () => {
  const path = crashPath(9, 3)
  expect(crashPath(9, 3)).toEqual(path)
  expect(crashPath(9, 4)).not.toEqual(path)
  for (const channel of ['hint', 'transmit', 'round'])
    expect(path.filter((move) => move.channel === channel)).toHaveLength(3)
  for (const symbol of ['WETH', 'WBTC']) {
    const prices = path.filter((move) => move.symbol === symbol).map(({ price8 }) => price8)
    expect(prices).toEqual([...prices].sort((a, b) => (a < b ? 1 : -1)))
  }
})
