import { whole } from '../../../src/devnet/catalogue.js'
import type { VenueConfig } from '../../../src/config/venues.js'
import type { Contract } from '../../../src/devnet/deployer.js'
import { CurveVenue } from '../../../src/profit/curve/venue.js'
import type { Pool } from '../../../src/profit/venue.js'
import { venuePermissions } from '../../../src/execution/executor/venue-permissions.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../../contracts/support/executor-bed.js'
import { KeeperBed } from '../support/keeper-bed.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'

const SEED = 90_413
const LONG = process.env.TEST_LONG !== undefined
const SWAPS = LONG ? 400 : 40
const USER = address(0xc0de)
const COINS = ['RARE', 'USDC', 'USDT'] as const

describe(`Curve pools from before StableSwapNG (stand-in, seed ${SEED})`, () => {
  let bed: ExecutorBed
  let reader: RpcReader

  beforeAll(async () => {
    bed = await startExecutorBed()
    reader = new RpcReader(bed.anvil.rpc)
  }, 60_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  /** `balances` in whole coins. */
  async function open(balances: readonly bigint[], a = 2_000n, lentRate = 10n ** 18n): Promise<Contract> {
    const raw = COINS.map((symbol, i) => whole(symbol, balances[i] ?? 0n))
    const pool = await bed.deploy('EarlyCurveStandIn', [COINS.map((s) => bed.token(s)), raw, a, lentRate])
    for (const [i, symbol] of COINS.entries()) await bed.mint(symbol, pool.address, raw[i] ?? 0n)
    return pool
  }

  async function read(venue: CurveVenue): Promise<readonly Pool[]> {
    const block = await reader.block()
    const [a, b, c] = [bed.token('RARE'), bed.token('USDC'), bed.token('USDT')]
    const pairs = [
      [a, b],
      [b, c],
      [a, c],
    ] as const
    const found = await venue.find(reader, pairs, block)
    return venue.load(reader, found, block)
  }

  it('predicts executed swaps and the pool they leave, to the unit', async () => {
    const random = new Random(SEED)
    const count = { swaps: 0, pools: 0 }
    for (const [balances, a] of [
      [[900_000n, 1_400_000n, 300_000n], 2_000n],
      [[40_000n, 9_000n, 70_000n], 60n],
    ] as const) {
      const pool = await open(balances, a)
      const venue = new CurveVenue({ kind: 'curve', name: 'curve', pools: [pool.address] })
      count.pools++
      for (const symbol of COINS) {
        await bed.mint(symbol, bed.admin.from, whole(symbol, 10n ** 9n))
        await bed.admin.send(bed.tokens[symbol], 'approve', [pool.address, 10n ** 40n])
      }
      let pools = await read(venue)
      for (let i = 0; i < SWAPS / 2; i++) {
        expect(pools).toHaveLength(3)
        const pair = random.pick(pools)
        const [sold, bought] = random.next() < 0.5 ? [pair.token0, pair.token1] : [pair.token1, pair.token0]
        const [from, to] = [sold, bought].map((token) => COINS.findIndex((symbol) => bed.token(symbol) === token))
        const unit = Number(whole(COINS[from ?? 0] ?? 'USDC', 1n))
        const amount = random.amount(unit / 100, unit * 20_000)
        const quote = pair.sell(sold, amount)
        if (quote === null) throw new Error(`seed ${SEED}: no quote for ${amount}`)
        const had = await bed.balance(bought, bed.admin.from)
        await bed.admin.send(pool, 'exchange', [from, to, amount, 0])
        expect([i, (await bed.balance(bought, bed.admin.from)) - had]).toEqual([i, quote.amountOut])
        const after = [quote.after, ...(quote.alsoAfter ?? [])].find(({ address: name }) => name === pair.address)
        pools = await read(venue)
        expect(pools.find(({ address: name }) => name === pair.address)).toEqual(after)
        count.swaps++
      }
    }
    process.stdout.write(`early Curve pools: ${JSON.stringify(count)} (seed ${SEED})\n`)
  })

  it('leaves out a pool with rates of its own, and what is no pool', async () => {
    const lending = await open([900_000n, 900_000n, 900_000n], 2_000n, 1_020000000000000000n)
    const pools = [lending.address, bed.token('USDC')]
    expect(await read(new CurveVenue({ kind: 'curve', name: 'curve', pools }))).toEqual([])
  })

  it('takes the collateral of a liquidation; its exchange returns nothing', async () => {
    await bed.setPrice('RARE', 1_25000000n)
    await bed.supply('RARE', USER, whole('RARE', 60_000n))
    await bed.borrow('USDC', USER, whole('USDC', 37_000n))
    await bed.setPrice('RARE', 1_00000000n)
    const pool = await open([400_000n, 500_000n, 300_000n])
    const venues: VenueConfig[] = [{ kind: 'curve', name: 'curve', pools: [pool.address] }]
    for (const { target, selector } of venuePermissions(venues).targets)
      await bed.administer('setTarget', [target, selector, true])
    const keeper = new KeeperBed(bed, venues)
    const outlook = await keeper.look()
    const { opportunity, refusals } = outlook.combine([USER])
    if (opportunity === null) throw new Error(JSON.stringify(refusals))
    expect(opportunity.legs[0]?.route).toContain('curve')
    await keeper.holdTime(outlook)
    const { executed } = await bed.land(opportunity.order)
    expect([executed?.gross, executed?.bid]).toEqual([opportunity.grossWei, opportunity.bidWei])
  })
})
