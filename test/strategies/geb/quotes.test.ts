import { Random } from '../aave-v3/support/random.js'
import { WAD, RAY } from '../../../src/domain/maths.js'
import { gebCollateralAuctions, type GebCollateralAuction } from '../../../strategies/geb/collateral-auctions.js'
import { gebDebtAuctions, type GebDebtAuction } from '../../../strategies/geb/debt-auctions.js'
import { somebody, startGebBed, type GebBed } from './support/bed.js'

const SEED = 20_251
const COLLATERAL_POINTS = Number(process.env['TEST_LONG'] ?? 0) === 1 ? 4_200 : 660
const DEBT_POINTS = Number(process.env['TEST_LONG'] ?? 0) === 1 ? 1_000 : 120

let bed: GebBed
const random = new Random(SEED)

/** Up to `most`, spread over its magnitudes. */
const amount = (most: bigint, magnitudes = 12): bigint => {
  const scale = 10n ** BigInt(random.below(magnitudes))
  return (most * BigInt(1 + random.below(1_000_000))) / 1_000_000n / scale + 1n
}

beforeAll(async () => {
  bed = await startGebBed()
  for (let i = 0; i < 6; i++)
    await bed.openSafe(
      await somebody(bed, i),
      2n * WAD + amount(WAD / 5n),
      2_400n * WAD + (i === 0 ? 0n : amount(100n * WAD)),
    )
  await bed.collateralAt(1_420n)
  for (let i = 0; i < 6; i++) await bed.liquidate(await somebody(bed, i))
}, 60_000)
afterAll(() => bed.stop())

/** A redemption rate that is not one: both calls must be in one block. */
async function setRedemptionRate(rate: bigint): Promise<void> {
  const { anvil, geb, ground } = bed
  await anvil.rpc('evm_setAutomine', [false])
  const send = (method: string, args: readonly unknown[]) =>
    anvil.rpc('eth_sendTransaction', [
      {
        ...{ from: ground.admin.from, to: geb.oracleRelayer.address, gas: '0x100000' },
        data: geb.oracleRelayer.abi.encodeFunctionData(method, [...args]),
      },
    ])
  await send('redemptionPrice', [])
  await send('updateRedemptionRate', [rate])
  await anvil.rpc('evm_mine', [])
  await anvil.rpc('evm_setAutomine', [true])
}

describe('quotes of collateral auctions', () => {
  it(`equal getCollateralBought and buyCollateral to the wei (seed ${SEED})`, async () => {
    const { geb, market, reader, bidder } = bed
    const venue = gebCollateralAuctions.open(market, bidder)
    let [points, quotes, refused, clamped] = [0, 0, 0, 0]
    for (let round = 0; round < 6; round++) {
      if (round > 0) await setRedemptionRate(RAY + BigInt(random.below(2_000_000_000)) * 10n ** 9n - 10n ** 18n)
      if (round === 3) await bed.collateralAt(1_377n)
      const head = await bed.head()
      const { auctions } = await venue.at(reader, head, head.timestamp)
      const open = auctions.filter((one) => gebCollateralAuctions.phase(one, head.timestamp) === 'open')
      // what would be left to raise is the house's minimum exactly, and a unit more or less
      for (const auction of round === 0 ? open : [])
        for (const off of [-1n, 0n, 1n])
          await comparePoint(auction, auction.raise / RAY - auction.params.minimumBid + off, head.timestamp + 1n)
      for (let i = 0; i < COLLATERAL_POINTS / 6; i++) {
        const auction = random.pick(open)
        const t = head.timestamp + BigInt(random.below(random.chance(0.5) ? 9_000 : 400_000)) + 1n
        // most of them what the house sells, one in nine of any size, down to nothing
        const size = random.chance(0.89) ? 100n * WAD + amount(3_200n * WAD, 3) : amount(3_200n * WAD)
        await comparePoint(auction, size, t)
        points++
      }
    }
    async function comparePoint(auction: GebCollateralAuction, wad: bigint, t: bigint): Promise<void> {
      const at = `auction ${auction.ref.id}, wad ${wad}, t ${t}`
      const said = await bed.callAt(geb.collateralAuctionHouse, 'getCollateralBought', [auction.ref.id, wad], t)
      const done = await bed.callAt(geb.collateralAuctionHouse, 'buyCollateral', [auction.ref.id, wad], t, bidder)
      const quoted = gebCollateralAuctions.quote(auction, t, wad)
      if (done === null) refused++
      else expect([at, said]).toEqual([at, done])
      expect([at, quoted === null ? null : [quoted.get, quoted.pay]]).toEqual([at, done])
      if (quoted !== null) quotes++
      if (quoted !== null && quoted.pay < wad) clamped++
    }
    expect(points).toBeGreaterThanOrEqual(Math.floor(COLLATERAL_POINTS / 6) * 6)
    // a refusal on both sides says little of the quote: so many points are sold at, and the cases that matter are among all
    expect([quotes >= 500 || quotes, refused > 10 || refused, clamped > 10 || clamped]).toEqual([true, true, true])
  }, 120_000)

  it('what is bought leaves the auction as the house leaves it, and exits whole', async () => {
    const { geb, market, reader, bidder, ground } = bed
    const venue = gebCollateralAuctions.open(market, bidder)
    const head = await bed.head()
    const [auction] = (await venue.at(reader, head, head.timestamp)).auctions
    if (auction === undefined) throw new Error('no auction is open')
    const t = head.timestamp + 7_200n
    const terms = gebCollateralAuctions.quote(auction, t, 500n * WAD)
    if (terms === null) throw new Error('the quote is refused')
    const weth = ground.tokens.WETH
    const [before] = await ground.admin.read(weth, 'balanceOf', [bidder])
    await bed.anvil.rpc('evm_setNextBlockTimestamp', [Number(t)])
    const calls = gebCollateralAuctions.encodeBid(auction, terms, bidder)
    for (const { to, data } of calls)
      await bed.anvil.rpc('eth_sendTransactionSync', [{ from: bidder, to, data, gas: '0x100000' }])
    const [after] = await ground.admin.read(weth, 'balanceOf', [bidder])
    expect((after as bigint) - (before as bigint)).toBe(terms.get)
    const [left] = (await ground.admin.read(geb.collateralAuctionHouse, 'auctions', [auction.ref.id])) as unknown as [
      bigint[],
    ]
    expect([left[0], left[1]]).toEqual([auction.sell - terms.get, auction.raise - terms.pay * RAY])
  })
})

describe('steps and phases of debt auctions', () => {
  it(`the next step is the largest legal lot, at every second that matters (seed ${SEED})`, async () => {
    const { geb, market, reader, bidder, rival } = bed
    await bed.pass(geb.parameters.popDebtDelay)
    const venue = gebDebtAuctions.open(market, rival)
    const waiting = await venue.at(reader, await bed.head(), (await bed.head()).timestamp)
    for (const { calls } of waiting.starting?.preparation ?? [])
      for (const { to, data } of calls) await bed.anvil.rpc('eth_sendTransactionSync', [{ from: bidder, to, data }])
    for (let i = 0; i < 8; i++) await bed.send(geb.accountingEngine, 'auctionDebt', [])
    let points = 0
    for (let round = 0; points < DEBT_POINTS; round++) {
      const head = await bed.head()
      const { auctions } = await venue.at(reader, head, head.timestamp)
      for (const auction of auctions) points += await compare(auction, head.timestamp)
      const open = auctions.filter((one) => gebDebtAuctions.phase(one, head.timestamp + 1n) === 'open')
      if (open.length === 0) break
      const next = gebDebtAuctions.nextStep(random.pick(open), head.timestamp + 1n)
      const chosen = random.pick(open)
      const step = gebDebtAuctions.nextStep(chosen, head.timestamp + 1n)
      if (next === null || step === null) break
      const lot = random.chance(0.5) ? step.get : step.get - amount(step.get / 3n)
      await bed.send(geb.debtAuctionHouse, 'decreaseSoldAmount', [chosen.ref.id, lot], bidder)
      if (round % 4 === 3) await bed.pass(BigInt(random.below(5_000)))
    }
    expect(points).toBeGreaterThanOrEqual(DEBT_POINTS)

    async function compare(auction: GebDebtAuction, now: bigint): Promise<number> {
      const times = [now + 1n, auction.expiry - 1n, auction.expiry, auction.end - 1n, auction.end].filter(
        (t) => t > now,
      )
      for (const t of times) {
        const step = gebDebtAuctions.nextStep(auction, t)
        const phase = gebDebtAuctions.phase(auction, t)
        const can = async (method: string, args: readonly unknown[]): Promise<boolean> =>
          (await bed.callAt(bed.geb.debtAuctionHouse, method, args, t, rival)) !== null
        const at = `auction ${auction.ref.id} at ${t}`
        if (step !== null) expect([at, await can('decreaseSoldAmount', [auction.ref.id, step.get])]).toEqual([at, true])
        const above = (step?.get ?? 0n) + 1n
        expect([at, await can('decreaseSoldAmount', [auction.ref.id, above])]).toEqual([at, false])
        expect([at, await can('settleAuction', [auction.ref.id])]).toEqual([at, phase === 'settleable'])
        expect([at, await can('restartAuction', [auction.ref.id])]).toEqual([at, phase === 'restartable'])
      }
      return times.length
    }
  }, 120_000)
})
