import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exchange, invariant, type StableState } from '../../../src/profit/curve/stable-swap.js'

interface Recorded extends Record<Exclude<keyof StableState, 'balances' | 'rates'>, string> {
  readonly balances: readonly string[]
  readonly rates: readonly string[]
  readonly after: readonly string[]
  /** Sold, bought, dx, dy: one behind the other on the same pool. */
  readonly swaps: readonly (readonly [number, number, string, string])[]
}

const FILE = join(__dirname, '..', '..', 'vectors', 'curve', 'stable-swap-ng.json')
const { pools } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly pools: readonly Recorded[] }

const stateOf = ({ balances, rates, amp, fee, offpegFeeMultiplier, adminFee }: Recorded): StableState => ({
  balances: balances.map(BigInt),
  rates: rates.map(BigInt),
  amp: BigInt(amp),
  fee: BigInt(fee),
  offpegFeeMultiplier: BigInt(offpegFeeMultiplier),
  adminFee: BigInt(adminFee),
})

describe('Curve stable swap', () => {
  it.each(pools.map((pool) => [pool.balances.length, pool.amp, pool] as const))(
    'equals what the real pool of %d coins and A %s did, swap by swap',
    (_, __, pool) => {
      let state = stateOf(pool)
      for (const [sold, bought, dx, dy] of pool.swaps) {
        const done = exchange(state, sold, bought, BigInt(dx))
        expect([sold, bought, dx, done?.amountOut.toString()]).toEqual([sold, bought, dx, dy])
        state = done?.after ?? state
      }
      expect(state.balances.map(String)).toEqual(pool.after)
    },
  )

  it('knows many swaps', () => {
    expect(pools.reduce((sum, { swaps }) => sum + swaps.length, 0)).toBe(234)
  })

  it('refuses what the pool refuses', () => {
    const [pool] = pools
    if (pool === undefined) throw new Error('no vectors')
    const state = stateOf(pool)
    expect(exchange(state, 0, 0, 1n)).toBeNull()
    expect(exchange(state, 0, 1, 0n)).toBeNull()
    expect(exchange(state, 0, 1, 1n)).toBeNull() // a millionth of a millionth of the other coin
    expect(exchange({ ...state, balances: [0n, 1n] }, 0, 1, 10n)).toBeNull()
    expect(() => exchange(state, 0, 2, 10n ** 18n)).toThrow(RangeError)
    expect(invariant([], 100n)).toBe(0n)
  })
})
