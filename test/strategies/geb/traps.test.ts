import { WAD, RAY } from '../../../src/domain/maths.js'
import type { Movement } from '../../../src/auctions/protocol.js'
import type { Address, Hex, RawLog } from '../../../src/domain/chain.js'
import type { Receipt } from '../../../src/devnet/deployer.js'
import { insuranceOf, snapshotsOf } from '../../../src/auctions/insurance.js'
import { gebDebtAuctions, type GebDebtAuction } from '../../../strategies/geb/debt-auctions.js'
import { geb } from '../../../strategies/geb/strategy.js'
import type { PriceView } from '../../../src/domain/prices.js'
import { planRound, type Round } from '../../../src/auctions/round.js'
import type { AuctionVenue, Snapshot } from '../../../src/auctions/venue.js'
import { COSTS, LIMITS, POLICY, fairOf } from '../../auctions/support/lab.js'
import { Random } from '../aave-v3/support/random.js'
import { somebody, startGebBed, type GebBed } from './support/bed.js'

let bed: GebBed
beforeAll(async () => {
  bed = await startGebBed()
}, 60_000)
afterAll(() => bed.stop())

test('a market file that names another oracle or house than the protocol goes by keeps the keeper in dry-run', async () => {
  const { market, reader } = bed
  const head = await bed.head()
  const told = async (contracts: Readonly<Record<string, Address | undefined>>): Promise<string[]> => {
    const named = { ...market.contracts, ...contracts } as typeof market.contracts
    const refusals = await geb.verify(reader, { ...market, contracts: named }, head)
    return refusals.map(({ code, detail }) => `${code}: ${detail}`)
  }
  const [recorded] = await told({})
  expect(recorded).toMatch(/^code-changed: .*no code hash is recorded/)
  const { delayedOracle, collateralAuctionHouse, coin } = market.contracts
  expect(await told({ delayedOracle: coin, collateralAuctionHouse: coin })).toEqual([
    recorded,
    `unknown-revision: geb-test: the protocol goes by ${delayedOracle}, the market file names delayedOracle ${coin}`,
    `unknown-revision: geb-test: the protocol goes by ${collateralAuctionHouse}, the market file names collateralAuctionHouse ${coin}`,
  ])
  expect((await told({ oracleRelayer: coin }))[1]).toMatch(/^unknown-revision: geb-test: cParams\(\) of .* failed/)
})

const NO_PRICES: PriceView = { block: 0, timestamp: 0n, price: () => ({ value: 0n, source: 'round' }) }
const RAD = WAD * RAY
const SEED = 51_077

async function snapshotOf(us: Address): Promise<ReturnType<typeof read>> {
  return read(us)
}
async function read(us: Address) {
  const head = await bed.head()
  return gebDebtAuctions.open(bed.market, us).at(bed.reader, head, head.timestamp)
}

/** All that can be started, at nine cents a token: less than it costs. */
function backstopRound(snapshot: Snapshot<GebDebtAuction>, us: Address, now: bigint, budget: bigint): Round {
  const market = { price: (9n * WAD) / 100n, depth: 5_000_000n * WAD, sigmaDay: WAD / 10n }
  const fair = (behind: bigint) => ({ ...fairOf(market, behind), at: now })
  return planRound({
    ...{ now, us, capital: { wallet: 0n, internal: 0n }, spendable: 10n ** 24n, costs: COSTS },
    ...{ limits: { ...LIMITS, minProfit: -budget }, policy: { ...POLICY, mode: 'backstop' } },
    views: [{ venue: gebDebtAuctions as AuctionVenue, snapshot, held: 0n, fair }],
    ...{ kick: 'if-profitable', lent: false, maxGas: 10n ** 9n },
  })
}

/** Sums of a receipt's movements for one account, by kind of balance. */
async function movedFor(
  account: Address,
  to: Parameters<GebBed['send']>[0],
  method: string,
  args: readonly unknown[],
  from: Address,
) {
  const receipt: Receipt = await bed.ground.admin.send(to, method, args, { from })
  const logs = receipt.logs.map((log) => ({
    address: log.address as Address,
    topics: log.topics as Hex[],
    data: log.data as Hex,
  }))
  const moved: readonly Movement[] = bed.refill.movements(bed.market)(logs)
  const sum = (token: Address): bigint =>
    moved.reduce((total, one) => {
      if (one.token !== token) return total
      return total + (one.to === account ? one.amount : 0n) - (one.from === account ? one.amount : 0n)
    }, 0n)
  return { coins: sum(bed.geb.safeEngine.address), claims: sum(bed.geb.debtAuctionHouse.address) }
}

describe('the traps of GEB, on its own contracts', () => {
  it('two liquidations of one second share one entry of the queue, which is popped once', async () => {
    const owners = [await somebody(bed, 1), await somebody(bed, 2)]
    for (const owner of owners) await bed.openSafe(owner, 2n * WAD, 2_600n * WAD)
    await bed.collateralAt(1_500n)
    const { anvil, ground } = bed
    await anvil.rpc('evm_setAutomine', [false])
    for (const owner of owners) {
      const data = bed.geb.liquidationEngine.abi.encodeFunctionData('liquidateSAFE', [bed.geb.cType, owner])
      await anvil.rpc('eth_sendTransaction', [
        { from: ground.admin.from, to: bed.geb.liquidationEngine.address, data, gas: '0x200000' },
      ])
    }
    await anvil.rpc('evm_mine', [])
    await anvil.rpc('evm_setAutomine', [true])
    const waiting = await snapshotOf(bed.bidder)
    expect(waiting.maturing).toEqual([
      { debt: 5_200n * WAD, at: (await bed.head()).timestamp + bed.geb.parameters.popDebtDelay },
    ])
    // a second too early nothing can be started, at the second it can
    expect(waiting.starting).toBeNull()
    const [due] = waiting.maturing
    const head = await bed.head()
    const ask = (t: bigint) => gebDebtAuctions.open(bed.market, bed.bidder).at(bed.reader, head, t)
    expect((await ask((due?.at ?? 0n) - 1n)).starting).toBeNull()
    const then = await ask(due?.at ?? 0n)
    expect(then.starting?.preparation).toHaveLength(1)
    expect(then.starting?.auctions).toHaveLength(5)
    await bed.pass(bed.geb.parameters.popDebtDelay)
    for (const { calls } of then.starting?.preparation ?? [])
      for (const one of calls) await anvil.rpc('eth_sendTransactionSync', [{ from: bed.bidder, ...one }])
    const popped = await snapshotOf(bed.bidder)
    expect([popped.maturing, popped.starting?.preparation, popped.starting?.auctions.length]).toEqual([[], [], 5])
  })

  it('the insurance view tells what is queued, free and startable', async () => {
    const head = await bed.head()
    const snapshots = await snapshotsOf(bed.reader, bed.market, bed.refill, bed.bidder, head)
    const rows = insuranceOf(bed.market, snapshots, head.timestamp)
    const [collateral, debt] = rows
    expect([collateral?.venue, collateral?.auctions.length]).toEqual(['geb-collateral', 2])
    expect(debt?.auctions.map(({ name, phase }) => `${name} ${phase}`)).toEqual(
      [1, 2, 3, 4, 5].map((id) => `geb-debt/${id} startable`),
    )
    expect(debt).toMatchObject({ venue: 'geb-debt', enabled: true, queuedDebt: '0', startable: 5 })
    expect([debt?.auctionableDebt, debt?.badDebt]).toEqual([(5_200n * WAD).toString(), (5_200n * RAD).toString()])
  })

  it(`in backstop mode pop, start and first bid lose what the budget allows, to the last unit (seed ${SEED})`, async () => {
    const { anvil, geb: contracts, bidder } = bed
    const before = await anvil.rpc('evm_snapshot', [])
    const owner = await somebody(bed, 9)
    await bed.openSafe(owner, 3n * WAD, 2_900n * WAD)
    await bed.collateralAt(1_200n)
    await bed.liquidate(owner)
    await bed.pass(contracts.parameters.popDebtDelay)
    const snapshot = await snapshotOf(bidder)
    const now = (await bed.head()).timestamp
    const count = snapshot.starting?.auctions.length ?? 0
    expect([snapshot.starting?.preparation.length, count]).toEqual([1, 8])
    const roundOf = (budget: bigint, at = snapshot) => backstopRound(at, bidder, now, budget)
    const lossOf = ({ actions }: Round): bigint => actions.reduce((sum, { expected }) => sum - expected, 0n)
    // each costs more than the one before: all meet one pool
    const losses = roundOf(10n ** 24n).actions.map(({ expected }) => -expected)
    expect([losses.length, losses.every((loss) => loss > 0n)]).toEqual([count, true])
    for (let k = 1; k <= count; k++) {
      const budget = losses.slice(0, k).reduce((sum, loss) => sum + loss, 0n)
      expect([k, roundOf(budget).actions.length, roundOf(budget - 1n).actions.length]).toEqual([k, k, k - 1])
      expect(lossOf(roundOf(budget))).toBe(budget)
    }
    const random = new Random(SEED)
    for (let i = 0; i < 200; i++) {
      const budget = BigInt(random.below(3_000)) * WAD + BigInt(random.below(1_000_000))
      const { actions } = roundOf(budget)
      expect(lossOf({ ...roundOf(budget), actions })).toBeLessThanOrEqual(budget)
      const next = losses[actions.length]
      if (next !== undefined) expect(lossOf(roundOf(budget)) + next).toBeGreaterThan(budget)
    }
    // on the chain: three are started and led, then the budget is used up
    const three = roundOf(losses.slice(0, 3).reduce((sum, loss) => sum + loss, 0n))
    for (const { to, data } of three.actions.flatMap(({ calls }) => calls)) {
      const sent = { from: bidder, to, data, gas: '0x200000' }
      expect(await anvil.rpc('eth_sendTransactionSync', [sent])).toMatchObject({ status: '0x1' })
    }
    const after = await snapshotOf(bidder)
    expect(after.auctions.filter(({ leader }) => leader === bidder)).toHaveLength(3)
    const refused = roundOf(0n, after)
    expect([refused.actions, refused.notes.find(({ phase }) => phase === 'startable')?.decision]).toMatchObject([
      [],
      { act: 'skip', reason: 'budget' },
    ])
    await anvil.rpc('evm_revert', [before])
  })

  it('also the first bid must lower the lot; a bid pays the last leader back, which the books see', async () => {
    const { geb: contracts, bidder, rival } = bed
    for (let i = 0; i < 3; i++) await bed.send(contracts.accountingEngine, 'auctionDebt', [])
    const house = contracts.debtAuctionHouse
    const { timestamp } = await bed.head()
    expect(await bed.callAt(house, 'decreaseSoldAmount', [1, 10_000n * WAD], timestamp + 1n, bidder)).toBeNull()
    const first = (10_000n * WAD * WAD) / bed.geb.parameters.bidDecrease
    expect(await movedFor(bidder, house, 'decreaseSoldAmount', [1, first], bidder)).toEqual({
      coins: -1_000n * RAD,
      claims: 1_000n * RAD,
    })
    expect(await movedFor(bidder, house, 'decreaseSoldAmount', [1, 9_000n * WAD], rival)).toEqual({
      coins: 1_000n * RAD,
      claims: -1_000n * RAD,
    })
    // outbidding ourselves moves nothing and lowers our own lot
    expect(await movedFor(rival, house, 'decreaseSoldAmount', [1, 8_000n * WAD], rival)).toEqual({
      coins: 0n,
      claims: 0n,
    })
  })

  it('a settled auction that somebody restarts is a ghost; whoever settles, the lot is the leader’s', async () => {
    const { geb: contracts, bidder, rival } = bed
    await bed.pass(contracts.parameters.auctionLength)
    const settled = await movedFor(rival, contracts.debtAuctionHouse, 'settleAuction', [1], bidder)
    expect(settled).toEqual({ coins: 0n, claims: -1_000n * RAD })
    const [lot] = await bed.ground.admin.read(contracts.protocolToken, 'balanceOf', [rival])
    expect(lot).toBe(8_000n * WAD)
    // it works on what is no more, and sets a deadline
    await bed.send(contracts.debtAuctionHouse, 'restartAuction', [1], bidder)
    const { timestamp } = await bed.head()
    const { auctions } = await snapshotOf(bidder)
    const ghost = auctions.find(({ ref }) => ref.id === '1') as GebDebtAuction
    expect(ghost.end).toBeGreaterThan(timestamp)
    expect([gebDebtAuctions.phase(ghost, timestamp), gebDebtAuctions.nextStep(ghost, timestamp)]).toEqual([
      'closed',
      null,
    ])
  })

  it('an auction without a bid restarts with half as much again, as the venue foretells', async () => {
    const { geb: contracts, bidder } = bed
    const { auctions } = await snapshotOf(bidder)
    const stale = auctions.find(({ ref }) => ref.id === '2') as GebDebtAuction
    const { timestamp } = await bed.head()
    expect(gebDebtAuctions.phase(stale, timestamp)).toBe('restartable')
    await bed.send(contracts.debtAuctionHouse, 'restartAuction', [2], bidder)
    const fresh = (await snapshotOf(bidder)).auctions.find(({ ref }) => ref.id === '2') as GebDebtAuction
    const foretold = gebDebtAuctions.restarted?.(stale, (await bed.head()).timestamp)
    expect([fresh.lot, fresh.end]).toEqual([foretold?.lot, foretold?.end])
  })

  it('the delayed oracle: what is unsafe goes by the price that the engine holds, not by the next one', async () => {
    const { geb: contracts, reader, market, ground } = bed
    const owner = await somebody(bed, 3)
    await bed.openSafe(owner, 2n * WAD, 2_000n * WAD)
    await bed.send(ground.feeds.sources.WETH, 'setAnswer', [1_200n * 10n ** 8n])
    await bed.pass(contracts.parameters.oracleDelay)
    await bed.send(contracts.delayedOracle, 'updateResult', [])
    await bed.send(contracts.oracleRelayer, 'updateCollateralPrice', [contracts.cType])
    const look = async (): Promise<boolean> => {
      const state = await geb.snapshot(reader, market, await bed.head(), () => undefined)
      return geb.solvency(state, owner, NO_PRICES).liquidatable
    }
    const can = async (): Promise<boolean> =>
      (await bed.callAt(
        contracts.liquidationEngine,
        'liquidateSAFE',
        [contracts.cType, owner],
        (await bed.head()).timestamp + 1n,
      )) !== null
    // the next price is 1,200, the current one still 1,500
    expect([await look(), await can()]).toEqual([false, false])
    await bed.pass(contracts.parameters.oracleDelay)
    await bed.send(contracts.delayedOracle, 'updateResult', [])
    // the oracle has moved, the engine has not been told
    expect([await look(), await can()]).toEqual([false, false])
    await bed.send(contracts.oracleRelayer, 'updateCollateralPrice', [contracts.cType])
    expect([await look(), await can()]).toEqual([true, true])
  })

  it('a replica fed by events equals a fresh snapshot, predicts the seizure, and is undone exactly', async () => {
    const { geb: contracts, reader, market, ground } = bed
    const before = await bed.head()
    const state = await geb.snapshot(reader, market, before, () => undefined)
    const saved = geb.save(state)
    const owner = await somebody(bed, 4)
    await bed.openSafe(owner, 3n * WAD, 2_300n * WAD)
    await bed.collateralAt(900n)
    const fed = await feed(state, before.number + 1)
    const opening = geb.opening?.(state, owner)
    if (opening === undefined || 'code' in opening) throw new Error('the SAFE should be unsafe')
    const receipt = await ground.admin.send(contracts.liquidationEngine, 'liquidateSAFE', [contracts.cType, owner])
    const parsed = receipt.logs
      .filter(({ address }) => address === contracts.liquidationEngine.address)
      .map((log) => contracts.liquidationEngine.abi.parseLog({ topics: [...log.topics], data: log.data }))
    const done = parsed.find((event) => event?.name === 'Liquidate')?.args
    expect([opening.sell.amount, opening.debt, opening.raise.amount]).toEqual([
      done?.[2],
      done?.[3],
      (done?.[4] as bigint) / RAY,
    ])
    fed.push(...(await feed(state, Number(receipt.blockNumber))))
    const fresh = await geb.snapshot(reader, market, await bed.head(), () => undefined)
    const sorted = (text: string): unknown => {
      const json = JSON.parse(text) as { safes: unknown[][] }
      return { ...json, safes: json.safes.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)) }
    }
    expect(sorted(geb.save(state))).toEqual(sorted(geb.save(fresh)))
    expect(geb.save(geb.load(market, geb.save(state)))).toBe(geb.save(state))
    for (const delta of fed.reverse()) delta.undo()
    expect(geb.save(state)).toBe(saved)
  })

  it('a SAFE with a saviour: the replica knows it by snapshot and by event, and the reason says so', async () => {
    const { geb: contracts, anvil, reader, market } = bed
    const owner = await somebody(bed, 5)
    await bed.openSafe(owner, 3n * WAD, 1_500n * WAD)
    const before = await bed.head()
    const state = await geb.snapshot(reader, market, before, () => undefined)
    const saved = geb.save(state)
    // answers (true, max, max) to whatever it is asked: one that is connected and saves nothing
    const saviour: Address = '0x00000000000000000000000000000000005a710f'
    await anvil.rpc('anvil_setCode', [saviour, '0x600160005260001960205260001960405260606000f3'])
    await bed.send(contracts.liquidationEngine, 'connectSAFESaviour', [saviour])
    await bed.send(contracts.liquidationEngine, 'protectSAFE', [contracts.cType, owner, saviour], owner)
    const fed = await feed(state, before.number + 1)
    expect(state.saviours.get(owner)).toBe(saviour)
    const fresh = await geb.snapshot(reader, market, await bed.head(), () => undefined)
    expect([...fresh.saviours]).toEqual([[owner, saviour]])
    expect([...geb.load(market, geb.save(state)).saviours]).toEqual([[owner, saviour]])
    await bed.collateralAt(500n)
    fed.push(...(await feed(state, (await bed.head()).number)))
    const [choice] = geb.plans(state, owner, NO_PRICES, 0n)
    expect(choice !== undefined && 'refusal' in choice && choice.refusal.detail).toContain(
      `chosen the saviour ${saviour}`,
    )
    for (const delta of fed.reverse()) delta.undo()
    expect(geb.save(state)).toBe(saved)
  })

  async function feed(state: Awaited<ReturnType<typeof geb.snapshot>>, from: number) {
    const to = (await bed.head()).number
    const logs: RawLog[] = []
    for (const filter of geb.filters(state)) logs.push(...(await bed.reader.logs(filter, from, to)))
    logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
    return logs.map((log) => geb.reduce(state, log))
  }

  it('a shutdown pays the leader back in full, and the books see that too', async () => {
    const { geb: contracts, bidder, ground } = bed
    const step = (10_000n * WAD * WAD * 3n) / (bed.geb.parameters.bidDecrease * 2n)
    await bed.send(contracts.debtAuctionHouse, 'decreaseSoldAmount', [2, step], bidder)
    await bed.send(contracts.accountingEngine, 'disableContract', [], ground.admin.from)
    const { auctions, health } = await snapshotOf(bidder)
    const ours = auctions.find(({ ref }) => ref.id === '2') as GebDebtAuction
    expect([health.enabled, gebDebtAuctions.phase(ours, (await bed.head()).timestamp)]).toEqual([false, 'halted'])
    const [back] = gebDebtAuctions.encodeSettle(ours)
    expect(back?.data.slice(0, 10)).toBe(
      contracts.debtAuctionHouse.abi.getFunction('terminateAuctionPrematurely')?.selector,
    )
    expect(await movedFor(bidder, contracts.debtAuctionHouse, 'terminateAuctionPrematurely', [2], bidder)).toEqual({
      coins: 1_000n * RAD,
      claims: -1_000n * RAD,
    })
  })
})
