import { whole } from '../../src/devnet/catalogue.js'
import type { VenueConfig } from '../../src/config/venues.js'
import type { Address } from '../../src/domain/chain.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { sqrtPriceAtTick } from '../../src/profit/uniswap-v3/tick-price.js'
import { venuePermissions } from '../../src/execution/executor/venue-permissions.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../contracts/support/executor-bed.js'
import { KeeperBed, type Outlook } from './support/keeper-bed.js'
import { deployPairFactory, openPair } from './support/uniswap-v2.js'
import { addManaged, approveAll, deployUniswapV4, fundEther, keyOf, nativeKeyOf } from './support/uniswap-v4.js'

const USER = address(0x7a7e)

/** A borrower whose collateral only the venue under test takes. */
describe('collateral that leaves through one venue alone', () => {
  let bed: ExecutorBed

  beforeAll(async () => {
    bed = await startExecutorBed()
    await bed.supply('RARE', USER, whole('RARE', 10_000n))
    await bed.borrow('USDC', USER, whole('USDC', 45_000n))
    await bed.setPrice('RARE', 7_40000000n)
  }, 60_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const rareIn = async (token8: bigint, usd: bigint): Promise<bigint> => (usd * 10n ** 26n) / token8
  const give = (symbol: 'RARE' | 'WETH' | 'USDC') => (_: Address, to: Address, amount: bigint) =>
    bed.mint(symbol, to, amount)

  async function allow(venues: readonly VenueConfig[]): Promise<void> {
    const { factories, targets } = venuePermissions(venues)
    for (const factory of factories) await bed.administer('setFactory', [factory, true])
    for (const { target, selector } of targets) await bed.administer('setTarget', [target, selector, true])
  }

  async function landExactly(keeper: KeeperBed, outlook: Outlook, user = USER): Promise<Opportunity> {
    const { opportunity, refusals } = outlook.combine([user])
    if (opportunity === null) throw new Error(JSON.stringify(refusals))
    await keeper.holdTime(outlook)
    const before = await bed.balance(opportunity.profitToken, bed.payout)
    const { executed, gasUsed } = await bed.land(opportunity.order)
    expect([executed?.gross, executed?.bid]).toEqual([opportunity.grossWei, opportunity.bidWei])
    const gain = (await bed.balance(opportunity.profitToken, bed.payout)) - before
    expect(gain).toBe(opportunity.grossWei - opportunity.bidWei)
    process.stdout.write(`${opportunity.legs[0]?.route ?? ''}: gas ${gasUsed} of ${opportunity.gas} estimated\n`)
    return opportunity
  }

  async function pairOf(other: 'WETH' | 'USDC', usd: bigint): Promise<VenueConfig> {
    const factory = await deployPairFactory(bed.admin)
    const sides = await Promise.all(
      (['RARE', other] as const).map(async (symbol) => {
        const worth = await rareIn(await bed.price(symbol), usd)
        return [bed.token(symbol), other === 'USDC' && symbol === 'USDC' ? worth / 10n ** 12n : worth] as const
      }),
    )
    const [rare, second] = sides as [readonly [Address, bigint], readonly [Address, bigint]]
    await openPair(bed.admin, factory, [rare, second], (token, to, amount) =>
      give(token === rare[0] ? 'RARE' : other)(token, to, amount),
    )
    return { kind: 'uniswapV2', name: 'uniswap', factory: factory.address, fee: 3_000 }
  }

  async function curveOf(balances: readonly [bigint, bigint]): Promise<Extract<VenueConfig, { kind: 'curve' }>> {
    const [rare, usdc] = [bed.token('RARE'), bed.token('USDC')]
    const rates = [(await bed.price('RARE')) * 10n ** 10n, 10n ** 30n]
    const pool = await bed.deploy('CurveStandIn', [[rare, usdc], rates, balances])
    await bed.mint('RARE', pool.address, balances[0])
    await bed.mint('USDC', pool.address, balances[1])
    return { kind: 'curve', name: 'curve', pools: [pool.address] }
  }

  it('a Uniswap v2 pair with the debt token lends it in a flash swap', async () => {
    const venues = [await pairOf('USDC', 400_000n)]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    expect(order.steps).toMatchObject([{ kind: 'flashSwap', via: { kind: 'uniswapV2', fee: 3_000 } }, { kind: 'swap' }])
  })

  it('two Uniswap v2 pairs share the flash swap, one inside the other', async () => {
    const venues = [await pairOf('USDC', 400_000n), await pairOf('USDC', 250_000n)]
    await allow(venues.slice(0, 1))
    const alone = (await new KeeperBed(bed, venues.slice(0, 1)).look()).combine([USER]).opportunity
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order, netWei } = await landExactly(keeper, await keeper.look())
    expect(order.steps).toMatchObject([{ kind: 'flashSwap', body: [{ kind: 'flashSwap' }] }, { kind: 'swap' }])
    expect(netWei).toBeGreaterThan(alone?.netWei ?? 0n)
  })

  it('a Curve pool and a Uniswap v2 pair share the sale of what was seized (stand-in for the Curve pool)', async () => {
    const curve = await curveOf([3_000n * 10n ** 18n, 22_000n * 10n ** 6n])
    const venues = [curve, await pairOf('USDC', 150_000n)]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    const swaps = order.steps.flatMap((step) => (step.kind === 'flashLoan' ? step.body : []))
    expect(swaps).toMatchObject([{ kind: 'call' }, { kind: 'swap' }, { kind: 'swap', amountIn: 'all' }])
  })

  it('a Curve pool takes all the collateral for the debt token that the market lent (stand-in for the pool)', async () => {
    const curve = await curveOf([40_000n * 10n ** 18n, 300_000n * 10n ** 6n])
    const venues = [curve]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    const swaps = order.steps.flatMap((step) => (step.kind === 'flashLoan' ? step.body : []))
    expect(swaps).toContainEqual(expect.objectContaining({ kind: 'swap', pool: curve.pools[0], amountIn: 'all' }))
  })

  it('a Uniswap v4 pool lends the debt token and is paid through its manager', async () => {
    const v4 = await deployUniswapV4(bed.admin)
    for (const symbol of ['RARE', 'USDC'] as const) {
      await bed.mint(symbol, bed.admin.from, 10n ** 30n)
      await approveAll(v4, bed.tokens[symbol])
    }
    const shape = { fee: 3_000, tickSpacing: 60 }
    const key = keyOf([bed.token('RARE'), bed.token('USDC')], shape)
    const usdcPerRare = (Number(await bed.price('RARE')) / 1e8) * 1e-12
    const price = key[0] === bed.token('RARE') ? usdcPerRare : 1 / usdcPerRare
    const tick = Math.round(Math.log(price) / Math.log(1.0001))
    await bed.admin.send(v4.manager, 'initialize', [key, sqrtPriceAtTick(tick)])
    const around = Math.floor(tick / 60) * 60
    for (const width of [600, 3_000, 30_000]) {
      const amount0 = key[0] === bed.token('RARE') ? 40_000n * 10n ** 18n : 300_000_000_000n
      await addManaged(v4, key, [around - width, around + width], amount0)
    }
    await bed.admin.send(v4.manager, 'setProtocolFee', [key, (500 << 12) | 500])
    const venues: VenueConfig[] = [
      {
        kind: 'uniswapV4',
        name: 'uniswap',
        manager: v4.manager.address,
        shapes: [shape, { fee: 500, tickSpacing: 10 }],
      },
    ]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    expect(order.steps).toMatchObject([{ kind: 'flashSwap', pool: v4.manager.address, via: { kind: 'uniswapV4' } }, {}])
  })

  /** A manager with one pool of native ether: `other` at the prices of the market, 3,000 ether deep near the price. */
  async function etherPoolOf(other: 'RARE' | 'USDC'): Promise<VenueConfig> {
    const v4 = await deployUniswapV4(bed.admin)
    await fundEther(v4)
    await bed.mint(other, bed.admin.from, 10n ** 30n)
    await approveAll(v4, bed.tokens[other])
    const shape = { fee: 100, tickSpacing: 1 }
    const key = nativeKeyOf(bed.token(other), shape)
    const perEther = Number(await bed.price('WETH')) / Number(await bed.price(other))
    const tick = Math.round(Math.log(perEther * (other === 'USDC' ? 1e-12 : 1)) / Math.log(1.0001))
    await bed.admin.send(v4.manager, 'initialize', [key, sqrtPriceAtTick(tick)])
    for (const width of [300, 3_000, 30_000])
      await addManaged(v4, key, [tick - width, tick + width], 1_000n * 10n ** 18n)
    const config: VenueConfig = { kind: 'uniswapV4', name: 'uniswap', manager: v4.manager.address, shapes: [shape] }
    await allow([config])
    return config
  }
  const leavesNothing = async (): Promise<void> => {
    expect(await bed.ether(bed.executor.address)).toBe(0n)
    expect(await bed.balance(bed.token('WETH'), bed.executor.address)).toBe(0n)
  }

  it('a Uniswap v4 pool of native ether takes all the collateral in the middle of a flash swap of tokens', async () => {
    const venue = await etherPoolOf('RARE')
    const keeper = new KeeperBed(bed, [venue])
    const { order } = await landExactly(keeper, await keeper.look())
    const via = { kind: 'uniswapV4', fee: 100, tickSpacing: 1, native: true }
    const [step] = order.steps
    expect(step?.kind === 'flashSwap' && step.body.at(-1)).toMatchObject({ kind: 'swap', amountIn: 'all', via })
    await leavesNothing()
  })

  it('a Uniswap v4 pool of native ether lends the debt token, and is paid in ether out of the collateral', async () => {
    const user = address(0xe7e)
    await bed.supply('WETH', user, whole('WETH', 10n))
    await bed.borrow('USDC', user, whole('USDC', 20_000n))
    await bed.moveMarket({ WETH: 2_400_00000000n })
    const keeper = new KeeperBed(bed, [await etherPoolOf('USDC')])
    const { order } = await landExactly(keeper, await keeper.look(), user)
    expect(order.steps).toMatchObject([{ kind: 'flashSwap', via: { kind: 'uniswapV4', native: true } }])
    await leavesNothing()
  })

  it('a Uniswap v2 pair with another token takes all the collateral in the middle of a flash swap', async () => {
    const venues = [await pairOf('WETH', 400_000n)]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    expect(JSON.stringify(order.steps, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v))).toContain(
      'uniswapV2',
    )
  })
})
