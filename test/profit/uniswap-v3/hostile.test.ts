import { AbiCoder } from 'ethers'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../../src/domain/chain.js'
import { readPools, type PoolKey } from '../../../src/profit/uniswap-v3/read-pools.js'
import { MAX_TICK, MIN_TICK, sqrtPriceAtTick, tickAtSqrtPrice } from '../../../src/profit/uniswap-v3/tick-price.js'
import { Random } from '../support/random.js'

const SEED = 5
const KEY: PoolKey = {
  address: `0x${'a'.repeat(40)}`,
  token0: `0x${'1'.repeat(40)}`,
  token1: `0x${'2'.repeat(40)}`,
  fee: 500n,
  tickSpacing: 10,
}
const words = (...values: bigint[]): Hex =>
  AbiCoder.defaultAbiCoder().encode(
    values.map(() => 'int256'),
    values,
  ) as Hex
const SELECTOR = { slot0: '0x3850c7bd', liquidity: '0x1a686502', ticks: '0xf30dba93' }

/** A pool without ticks that answers `slot0` and `liquidity` as given, and everything else with zero. */
const pool = (slot0: CallResult, liquidity: CallResult): Reader => ({
  calls: (requests: readonly CallRequest[]) =>
    Promise.resolve(
      requests.map(({ data }): CallResult => {
        if (data.startsWith(SELECTOR.slot0)) return slot0
        if (data.startsWith(SELECTOR.liquidity)) return liquidity
        return { ok: true, data: data.startsWith(SELECTOR.ticks) ? words(0n, 0n) : words(0n) }
      }),
    ),
  logs: () => Promise.resolve([]),
  code: () => Promise.resolve('0x'),
  storage: () => Promise.resolve('0x'),
})
const ok = (data: Hex): CallResult => ({ ok: true, data })
const read = (reader: Reader) => readPools(reader, [KEY], 1, new Map<Address, never>())

describe('pools that answer strangely', () => {
  const price = sqrtPriceAtTick(100)

  it('reads a pool whose price and tick agree, also just below a crossed tick', async () => {
    for (const tick of [100n, 99n]) expect(await read(pool(ok(words(price, tick)), ok(words(7n))))).toHaveLength(1)
  })

  it.each([
    ['a tick of another price', ok(words(price, 101n)), ok(words(7n))],
    ['no price', ok(words(0n, 0n)), ok(words(7n))],
    ['a price outside the range', ok(words(2n ** 159n, 0n)), ok(words(7n))],
    ['a short answer', ok('0x01'), ok(words(7n))],
    ['a revert', { ok: false, data: '0x' } as CallResult, ok(words(7n))],
    ['no liquidity word', ok(words(price, 100n)), ok('0x')],
  ])('leaves out one with %s', async (_, slot0, liquidity) => {
    expect(await read(pool(slot0, liquidity))).toEqual([])
  })
})

describe(`ticks and prices (seed ${SEED})`, () => {
  it('are inverse to each other over the whole range', () => {
    const random = new Random(SEED)
    const ticks = [
      MIN_TICK,
      -1,
      0,
      1,
      MAX_TICK - 1,
      ...Array.from({ length: 500 }, () => random.int(MIN_TICK, MAX_TICK - 1)),
    ]
    for (const tick of ticks) {
      const price = sqrtPriceAtTick(tick)
      expect(tickAtSqrtPrice(price)).toBe(tick)
      if (tick > MIN_TICK) expect(tickAtSqrtPrice(price - 1n)).toBe(tick - 1)
    }
    expect(() => sqrtPriceAtTick(MAX_TICK + 1)).toThrow(RangeError)
    expect(() => tickAtSqrtPrice(1n)).toThrow(RangeError)
  })
})
