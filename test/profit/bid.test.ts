import type { ChainConfig } from '../../src/config/market-file.js'
import { bidFor, worthOf } from '../../src/profit/bid.js'
import type { ProfitContext, ProfitSettings } from '../../src/profit/context.js'
import { NO_DATA_FEE } from '../../src/profit/data-fee/data-fee.js'
import { DEFAULT_GAS } from '../../src/profit/gas-model.js'
import { Random } from './support/random.js'

const GWEI = 10n ** 9n
const ETHER = 10n ** 18n
const GAS = 500_000n
const SEED = 11

function contextOf(change: Partial<ProfitSettings> = {}, bid: ChainConfig['bid'] = 'coinbase'): ProfitContext {
  return {
    chain: {
      id: 1,
      wrappedNative: `0x${'1'.repeat(40)}`,
      hops: [],
      bid,
      submission: 'bundle',
      maxTransactionGas: 16_000_000,
    },
    deadlineBlock: 1,
    deadlineTime: 1n,
    gasPriceWei: 20n * GWEI,
    bidFloorPerGasWei: GWEI,
    settings: {
      ...{
        minProfitUsd8: 0n,
        bidBps: 8_000,
        maxBidBps: 9_500,
        maxFeeShareBps: 9_500,
        toleranceBps: 30,
        limitBps: 300,
        contest: null,
      },
      ...change,
    },
    gas: DEFAULT_GAS,
    data: NO_DATA_FEE,
    desk: () => {
      throw new Error('not asked')
    },
  }
}

describe('bidFor', () => {
  const min = ETHER / 1_000n

  it('bids the share of the gain', () => {
    expect(bidFor(ETHER, GAS, min, true, contextOf())).toEqual({
      gasCostWei: ETHER / 100n,
      bidWei: (ETHER * 8n) / 10n,
      bidBps: 8_000,
      minBidWei: (GAS * GWEI * 105n) / 100n,
      netWei: (ETHER * 19n) / 100n,
      capped: false,
    })
  })

  it('bids the floor where the share is less', () => {
    const bid = bidFor(ETHER, GAS, min, true, contextOf({ bidBps: 1 }))
    expect(bid).toMatchObject({ bidWei: (GAS * GWEI * 105n) / 100n, bidBps: 1 })
  })

  it('lowers the bid until the minimum profit remains', () => {
    const bid = bidFor(ETHER / 50n, GAS, min * 5n, true, contextOf())
    expect(bid).toMatchObject({ capped: true, bidBps: 2_500, bidWei: ETHER / 200n, netWei: min * 5n })
  })

  it('lowers the bid until gas and bid keep to their share, and to what the executor allows', () => {
    expect(bidFor(ETHER, GAS, min, true, contextOf({ maxFeeShareBps: 5_000 }))).toMatchObject({ bidBps: 4_900 })
    expect(bidFor(ETHER, GAS, min, true, contextOf({ bidBps: 9_900, maxFeeShareBps: 10_000 }))).toMatchObject({
      bidBps: 9_500,
    })
  })

  it('refuses with the figure what cannot pay the floor', () => {
    const net = 12n * 10n ** 15n - ETHER / 100n - 525_000n * GWEI
    expect(bidFor(12n * 10n ** 15n, GAS, min * 10n, true, contextOf())).toMatchObject({
      code: 'below-min-profit',
      figure: net.toString(),
    })
    expect(bidFor(ETHER / 50n, GAS, min, true, contextOf({ maxFeeShareBps: 5_000 }))).toMatchObject({
      code: 'fee-share',
      figure: '5263',
    })
  })

  it('bids nothing from a gain in another token, and by the priority fee where the chain is paid so', () => {
    expect(bidFor(ETHER, GAS, min, false, contextOf())).toMatchObject({ bidWei: 0n, bidBps: 0, minBidWei: 0n })
    expect(bidFor(ETHER, GAS, min, true, contextOf({}, 'none'))).toMatchObject({ bidWei: 0n, bidBps: 0 })
    expect(bidFor(ETHER, GAS, min, true, contextOf({}, 'priorityFee'))).toMatchObject({
      ...{ bidWei: (ETHER * 8n) / 10n, bidBps: 0, minBidWei: 0n },
    })
  })

  it(`always leaves the minimum and keeps to every cap (seed ${SEED}, 5,000 cases)`, () => {
    const random = new Random(SEED)
    let bids = 0
    for (let i = 0; i < 5_000; i++) {
      const gross = random.amount(1e14, 1e19)
      const settings = { bidBps: random.int(0, 10_000), maxFeeShareBps: random.int(1, 10_000) }
      const least = random.amount(1e12, 1e17)
      const context = contextOf(settings)
      const bid = bidFor(gross, GAS, least, true, context)
      if (!('netWei' in bid)) continue
      bids++
      const paid = (gross * BigInt(bid.bidBps)) / 10_000n
      expect(bid.bidWei).toBe(paid > bid.minBidWei ? paid : bid.minBidWei)
      expect(bid.netWei).toBeGreaterThanOrEqual(least)
      expect((bid.bidWei + bid.gasCostWei) * 10_000n).toBeLessThanOrEqual(gross * BigInt(settings.maxFeeShareBps))
      expect(bid.bidWei).toBeLessThanOrEqual((gross * 9_500n) / 10_000n)
    }
    expect(bids).toBeGreaterThan(1_500)
  })
})

test('what two choices are compared by: what is left, or what those who bid for the same are ranked by', () => {
  const [lean, rich] = [
    { gas: 480_000n, bid: bidFor(ETHER, 480_000n, 0n, true, contextOf()) },
    { gas: 700_000n, bid: bidFor((ETHER * 12n) / 10n, 700_000n, 0n, true, contextOf()) },
  ]
  const better = (contest: ProfitSettings['contest']): string => {
    const [a, b] = [lean, rich].map(({ gas, bid }) => {
      if ('code' in bid) throw new Error(bid.detail)
      return worthOf(bid, gas, contextOf({ contest }))
    })
    return (a ?? 0n) > (b ?? 0n) ? 'lean' : 'rich'
  }
  expect([better(null), better('payment'), better('perGas')]).toEqual(['rich', 'rich', 'lean'])
})
