import { whole } from '../../src/devnet/catalogue.js'
import type { VenueConfig } from '../../src/config/venues.js'
import type { Address } from '../../src/domain/chain.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { venuePermissions } from '../../src/execution/executor/venue-permissions.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../contracts/support/executor-bed.js'
import { KeeperBed, type Outlook } from './support/keeper-bed.js'
import { deployPairFactory, openPair } from './support/uniswap-v2.js'

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

  async function landExactly(keeper: KeeperBed, outlook: Outlook): Promise<Opportunity> {
    const { opportunity, refusals } = outlook.combine([USER])
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

  it('a Uniswap v2 pair with the debt token lends it in a flash swap', async () => {
    const venues = [await pairOf('USDC', 400_000n)]
    await allow(venues)
    const keeper = new KeeperBed(bed, venues)
    const { order } = await landExactly(keeper, await keeper.look())
    expect(order.steps).toMatchObject([{ kind: 'flashSwap', via: { kind: 'uniswapV2', fee: 3_000 } }, { kind: 'swap' }])
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
