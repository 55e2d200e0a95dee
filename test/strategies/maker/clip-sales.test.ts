import type { Opportunity } from '../../../src/domain/opportunity.js'
import { WAD } from '../../../src/domain/maths.js'
import { saleId } from '../../../strategies/maker/state.js'
import { maker } from '../../../strategies/maker/strategy.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { startClipBed, type ClipBed } from './support/clip-bed.js'
import { lookAt, type ClipOutlook } from './support/clip-outlook.js'
import { ILK, what } from './support/maker-contracts.js'

const [FIRST, SECOND] = [address(0xc11b1), address(0xc11b2)]
const STRANGER = address(0xbad)
/** At 2,000 dollars the price falls below the market's some 1,500 s after the start. */
const LATER = 2_700n

describe('running auctions on stand-ins of Maker: bought with the coins of the pool that buys the collateral', () => {
  let bed: ClipBed

  beforeAll(async () => {
    bed = await startClipBed()
    await bed.openVault(FIRST, 30n * WAD, 50_000n * WAD)
    await bed.openVault(SECOND, 10n * WAD, 17_000n * WAD)
    await bed.moveMarket({ WETH: 2_100_00000000n })
    await bed.poke(2_100n)
    for (const urn of [FIRST, SECOND]) await bed.admin.send(bed.dog, 'bark', [ILK, urn, STRANGER])
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const opportunityOf = (look: ClipOutlook, positions: readonly string[]): Opportunity => {
    const { opportunity, refusals } = look.combine(positions)
    if (opportunity === null) throw new Error(JSON.stringify(refusals))
    return opportunity
  }

  test('a whole lot: the gain is exact, executor and taker keep nothing, nobody brought a coin', async () => {
    const look = await lookAt(bed, LATER)
    const opportunity = opportunityOf(look, [saleId(1n)])
    await look.holdTime()
    const weth = bed.token('WETH')
    const before = await bed.balance(weth, bed.payout)
    const { executed, gasUsed } = await bed.land(opportunity.order)
    expect([executed?.gross, executed?.bid]).toEqual([opportunity.grossWei, opportunity.bidWei])
    expect((await bed.balance(weth, bed.payout)) - before).toBe(opportunity.grossWei - opportunity.bidWei)
    for (const holder of [bed.taker.address, bed.executor.address])
      for (const token of [weth, bed.token('DAI')]) expect(await bed.balance(token, holder)).toBe(0n)
    process.stderr.write(
      `clip: nets $${(Number(opportunity.netUsd8) / 1e8).toFixed(2)}, gas ${String(BigInt(gasUsed))} of ${String(opportunity.gas)} estimated\n`,
    )
    expect([...(await lookAt(bed)).state.sales.keys()]).toEqual([2n])
  })

  test('several auctions in one transaction, each to the wei', async () => {
    const look = await lookAt(bed, LATER)
    const opportunity = opportunityOf(look, [saleId(1n), saleId(2n)])
    expect(opportunity.legs.map(({ position }) => position).sort()).toEqual([saleId(1n), saleId(2n)])
    await look.holdTime()
    const { executed } = await bed.land(opportunity.order)
    expect(executed?.gross).toBe(opportunity.grossWei)
  })

  test('too dear at first: nothing is bought before the price has fallen below the market', async () => {
    const early = await lookAt(bed, 12n)
    expect(early.choices(saleId(1n)).map((one) => 'at' in one)).toEqual([true])
    expect(early.combine([saleId(1n)]).opportunity).toBeNull()
  })

  test('a block that comes later is cheaper: what is not paid comes back, and the order gains no less', async () => {
    const look = await lookAt(bed, LATER)
    const opportunity = opportunityOf(look, [saleId(1n)])
    await look.holdTime(95)
    const dai = await bed.balance(bed.token('DAI'), bed.payout)
    const { executed } = await bed.land(opportunity.order)
    expect(executed?.gross).toBeGreaterThanOrEqual(opportunity.grossWei)
    const more = (await bed.balance(bed.token('DAI'), bed.payout)) - dai
    const [weth] = await bed.admin.read(bed.vat, 'gem', [ILK, bed.taker.address])
    expect([more >= 0n, weth]).toEqual([true, 0n])
  })

  test('an order that comes too early for its price reverts: too expensive', async () => {
    const look = await lookAt(bed, LATER)
    const { order } = opportunityOf(look, [saleId(1n)])
    // in a call on the head the auction has just begun
    expect(await bed.attempt(order)).not.toBe('ok')
  })

  test('refusals by name: stopped, past its time, a curve that is not known', async () => {
    const codes = async (after: bigint): Promise<string[]> =>
      (await lookAt(bed, after)).choices(saleId(1n)).map((one) => ('at' in one ? 'plan' : one.refusal.code))
    expect(await codes(12n)).toEqual(['plan'])
    expect(await codes(20_000n)).toEqual(['inactive'])
    await bed.admin.send(bed.clip, 'file(bytes32,uint256)', [what('stopped'), 3n])
    expect(await codes(12n)).toEqual(['paused'])
    await bed.admin.send(bed.clip, 'file(bytes32,uint256)', [what('stopped'), 0n])
    const odd = await bed.deploy('MakerVatStandIn')
    await bed.admin.send(bed.clip, 'file(bytes32,address)', [what('calc'), odd.address])
    const look = await lookAt(bed)
    expect(look.state.parameters.curveKnown).toBe(false)
    expect(look.choices(saleId(1n)).map((one) => ('at' in one ? 'plan' : one.refusal.code))).toEqual(['code-changed'])
    expect(maker.solvency(look.state, saleId(1n), look.at).liquidatable).toBe(true)
  })

  test('a stale auction is started again, which pays like a bark', async () => {
    const keeper = address(0xcee9)
    const look = await lookAt(bed, 8_500n)
    const redo = maker.opening?.(look.state, saleId(1n), keeper, look.at)
    if (redo === undefined || 'code' in redo) throw new Error(JSON.stringify(redo))
    await look.holdTime()
    await bed.anvil.rpc('eth_sendTransactionSync', [
      { from: bed.operator, to: redo.call.to, data: redo.call.data, gas: '0x2dc6c0' },
    ])
    const [paid] = await bed.admin.read(bed.vat, 'dai', [keeper])
    expect((paid as bigint) / 10n ** 27n).toBe(redo.incentive?.amount)
    expect(redo.incentive?.amount).toBeGreaterThan(250n * WAD)
    const after = await lookAt(bed)
    const again = maker.opening?.(after.state, saleId(1n), keeper, after.at)
    expect(again).toMatchObject({ code: 'healthy' })
    expect(after.state.sales.get(1n)?.tic).toBe(look.at.timestamp)
  })
})
