import { giveEther } from '../../../src/devnet/tokens.js'
import { insuranceOf, snapshotsOf, type InsuranceRow } from '../../../src/auctions/insurance.js'
import { MAX_UINT256, RAY, WAD } from '../../../src/domain/maths.js'
import type { Market } from '../../../src/domain/market.js'
import { makerAgentNeeds } from '../../../strategies/maker/agent-needs.js'
import { makerClipAuctions } from '../../../strategies/maker/clip-auctions.js'
import { makerFlopAuctions } from '../../../strategies/maker/flop-auctions.js'
import { RAD } from '../../../strategies/maker/maths.js'
import { makerRefill } from '../../../strategies/maker/refill.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { startClipBed, type ClipBed } from './support/clip-bed.js'
import { ILK, what } from './support/maker-contracts.js'

const [VAULT, AGENT] = [address(0xc11d1), address(0xa9e7)]

describe('Maker’s refill on stand-ins: what is sold, what is owed, and that debt auctions are off', () => {
  let bed: ClipBed

  beforeAll(async () => {
    bed = await startClipBed()
    await bed.openVault(VAULT, 30n * WAD, 50_000n * WAD)
    await bed.poke(2_000n)
    await bed.admin.send(bed.dog, 'bark', [ILK, VAULT, AGENT])
    await giveEther(bed.admin, AGENT, WAD)
    await bed.admin.send(bed.vat, 'hope', [bed.flopper.address], { from: AGENT })
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const rows = async (): Promise<InsuranceRow[]> => {
    const head = await bed.head()
    const snapshots = await snapshotsOf(bed.reader, bed.ilkMarket, makerRefill, AGENT, head)
    return insuranceOf(bed.ilkMarket, snapshots, head.timestamp)
  }

  const enableFlops = async (): Promise<void> => {
    await bed.admin.send(bed.vow, 'file', [what('sump'), 20_000n * RAD])
    await bed.admin.send(bed.vow, 'file', [what('dump'), 250n * WAD])
    await bed.admin.send(bed.flopper, 'set', [bed.vow.address, 1n, 1n])
    await bed.admin.send(bed.gov, 'allow', [bed.flopper.address])
  }

  test('a bark is a running auction, queued debt, and dai of the keeper inside the Vat', async () => {
    const [clip, flop] = await rows()
    const [running] = clip?.auctions ?? []
    expect([clip?.venue, clip?.enabled, running?.name, running?.phase]).toEqual([
      ...['maker-clip', true, 'maker-clip/1', 'open'],
    ])
    // 30 WETH at 2,400 cost more than the target of 56,500: that much of the target, for what it buys
    expect([running?.pay, running?.get]).toEqual([
      String(56_500n * WAD),
      String((56_500n * WAD * RAY) / (2_400n * RAY)),
    ])
    expect([flop?.queuedDebt, flop?.maturing.length]).toEqual([String(50_000n * WAD), 1])
    const capital = await makerRefill.capital(bed.reader, bed.ilkMarket, AGENT, await bed.head())
    expect(capital).toEqual({ wallet: 0n, internal: 250n * WAD + (56_500n * WAD) / 1_000n })
  })

  test('debt auctions that are switched off are said to be, with the reason; switched on they can be started', async () => {
    const off = (await rows())[1]
    expect([off?.enabled, off?.startable]).toEqual([false, 0])
    expect(off?.reasons.join()).toMatch(/sump/)
    await enableFlops()
    await bed.admin.send(bed.vow, 'file', [what('wait'), 0n])
    const on = (await rows())[1]
    // the incentive and the deposits of the stand-in are debt as well: 10,050,306.5 in all
    expect([on?.enabled, on?.reasons, on?.startable]).toEqual([true, [], 64])
    await bed.admin.send(bed.vow, 'file', [what('sump'), MAX_UINT256])
    expect((await rows())[1]?.reasons).toEqual(['sump is set so that no debt can be auctioned'])
  })

  test('a market file that names no Flopper, or another than the Vow’s, has them shown and not bid in', async () => {
    await enableFlops()
    const contracts = Object.fromEntries(Object.entries(bed.ilkMarket.contracts).filter(([name]) => name !== 'flopper'))
    const unnamed = { ...bed.ilkMarket, contracts }
    const other = { ...bed.ilkMarket, contracts: { ...contracts, flopper: address(0xf1) } }
    const head = await bed.head()
    const healthOf = async (market: Market) => {
      const { health, starting } = await makerFlopAuctions.open(market, AGENT).at(bed.reader, head, head.timestamp)
      return [health.enabled, health.reasons.join(), starting?.auctions.length]
    }
    expect(await healthOf(unnamed)).toEqual([false, expect.stringMatching(/names no flopper/), 64])
    expect(await healthOf(other)).toEqual([false, expect.stringMatching(/the Vow has the Flopper/), 64])
    const [before, after] = [unnamed, bed.ilkMarket].map((market) => makerAgentNeeds(market, AGENT))
    expect([before?.tokens.map(({ role }) => role), before?.functions.length]).toEqual([['kept'], 2])
    expect([after?.tokens.map(({ role }) => role), after?.functions.length]).toEqual([['paid', 'won'], 10])
    expect(makerRefill.internalTokens(unnamed).some(({ claims }) => claims === true)).toBe(false)
  })

  test('pop, heal and flop in the order that is prepared start what was foreseen', async () => {
    await enableFlops()
    await bed.admin.send(bed.vow, 'file', [what('wait'), 0n])
    await bed.admin.send(bed.vat, 'suck', [bed.vow.address, bed.vow.address, 7n])
    // 10,050,306.5 are owed, of which 50,000 are queued: a fifth auction only with them
    await bed.admin.send(bed.vow, 'file', [what('sump'), 2_010_000n * RAD])
    const head = await bed.head()
    const reader = makerFlopAuctions.open(bed.ilkMarket, AGENT)
    const { starting } = await reader.at(bed.reader, head, head.timestamp)
    if (starting === null) throw new Error('nothing can be started')
    expect(starting.preparation.map(({ kind }) => kind)).toEqual(['queue-pop', 'heal'])
    const calls = [...starting.preparation.flatMap(({ calls: some }) => some), starting.start]
    for (const { to, data } of calls)
      await bed.anvil.rpc('eth_sendTransactionSync', [{ from: bed.operator, to, data, gas: '0x2dc6c0' }])
    const next = await bed.head()
    const { auctions } = await reader.at(bed.reader, next, next.timestamp)
    const [auction] = auctions
    if (auction === undefined) throw new Error('no auction runs')
    expect([starting.auctions.length, auction.ref.id, starting.auctions[0]?.ref.id]).toEqual([5, '1', '1'])
    expect([auction.bid, auction.lot, auction.leader]).toEqual([2_010_000n * RAD, 250n * WAD, null])
    // the first bid must already be lower
    expect(makerFlopAuctions.nextStep(auction, next.timestamp)).toEqual({
      ...{ pay: 2_010_000n * WAD, get: (250n * WAD * WAD) / (105n * 10n ** 16n) },
    })
    // at its end itself nothing can be done, a second later it is restarted
    expect(makerFlopAuctions.nextStep(auction, auction.end)).toBeNull()
    expect([auction.end, auction.end + 1n].map((t) => makerFlopAuctions.phase(auction, t))).toEqual([
      ...['open', 'restartable'],
    ])
  })

  test('the boundary seconds of a sale: its tail is included, and quotes follow the stairs', async () => {
    const head = await bed.head()
    const { auctions } = await makerClipAuctions.open(bed.ilkMarket, AGENT).at(bed.reader, head, head.timestamp)
    const [sale] = auctions
    if (sale === undefined) throw new Error('no auction runs')
    const at = (seconds: bigint): bigint => sale.tic + seconds
    const phases = [8_400n, 8_401n].map((seconds) =>
      makerClipAuctions.phase({ ...sale, terms: { ...sale.terms, cusp: 0n } }, at(seconds)),
    )
    expect(phases).toEqual(['open', 'restartable'])
    const [before, on] = [89n, 90n].map((seconds) => makerClipAuctions.quote(sale, at(seconds)))
    expect(before?.get).toBeLessThan(on?.get ?? 0n)
    expect(makerClipAuctions.quote(sale, at(89n))).toEqual(makerClipAuctions.quote(sale, at(0n)))
    // what would leave less than chost of the target is cut to leave chost
    const cut = makerClipAuctions.quote(sale, at(0n), 56_400n * WAD)
    expect(cut?.pay).toBe(56_500n * WAD - 565n * WAD)
    expect(makerClipAuctions.quote(sale, at(20_000n))).toBeNull()
  })
})
