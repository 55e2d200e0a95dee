import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Received } from '../../src/cli/keeper/auctions/received.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { silentLogger } from '../../src/domain/ports.js'
import { accountsOf } from '../../src/ledger/booking.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { somebody, startGebBed, type GebBed } from '../strategies/geb/support/bed.js'

const RAD = WAD * RAY
const CONFIRMATIONS = 3
const NOBODY: Address = `0x${'0e'.repeat(20)}`

let bed: GebBed
let dataDir = ''
let ledger: SqliteLedger
const undone: Hex[] = []
/** We have bid, nobody else has. */
let ours: unknown

beforeAll(async () => {
  bed = await startGebBed()
  dataDir = mkdtempSync(join(tmpdir(), 'received-'))
  const owner = await somebody(bed, 1)
  await bed.openSafe(owner, 2n * WAD, 2_600n * WAD)
  await bed.collateralAt(1_500n)
  await bed.liquidate(owner)
  await bed.pass(bed.geb.parameters.popDebtDelay)
  const { maturing } = await snapshot()
  const [due] = maturing
  const queued = (due?.at ?? 0n) - bed.geb.parameters.popDebtDelay
  await bed.send(bed.geb.accountingEngine, 'popDebtFromQueue', [queued])
  await bed.send(bed.geb.accountingEngine, 'auctionDebt', [])
  await bed.send(bed.geb.debtAuctionHouse, 'decreaseSoldAmount', [1, 9_500n * WAD], bed.bidder)
  // our own bid is the business of the journal: it lies behind everything that is searched here
  await bed.anvil.rpc('anvil_mine', ['0x60'])
  ours = await bed.anvil.rpc('evm_snapshot', [])
  ledger = new SqliteLedger({
    dataDir,
    accounts: accountsOf(bed.bidder, bed.bidder, [], NOBODY, bed.bidder),
    wrappedNative: bed.ground.tokens.WETH.address,
    internal: bed.refill.movements(bed.market),
  })
  ledger.hasReceivedUpTo(`received/${bed.market.id}`, (await bed.head()).number)
}, 60_000)
afterAll(async () => {
  ledger.close()
  rmSync(dataDir, { recursive: true, force: true })
  await bed.stop()
})

async function snapshot() {
  const head = await bed.head()
  const debt = bed.refill.venues.find(({ id }) => id === 'geb-debt')
  if (debt === undefined) throw new Error('GEB has debt auctions')
  return debt.open(bed.market, bed.bidder).at(bed.reader, head, head.timestamp)
}

/** A search as a process that has just started makes it. */
async function search(): Promise<void> {
  const { market, refill, reader, rpc } = bed
  const received = new Received({
    ...{ market, refill, reader, ask: rpc, ledger, confirmations: CONFIRMATIONS, booked: () => undefined },
    undone: (transaction) => undone.push(transaction),
    logger: silentLogger,
  })
  await received.search(await bed.head())
}
const bookings = () => ledger.report().bookings
const outbid = (lot: bigint): Promise<void> =>
  bed.send(bed.geb.debtAuctionHouse, 'decreaseSoldAmount', [1, lot * WAD], bed.rival)
const mine = async (blocks: number): Promise<void> => {
  for (let i = 0; i < blocks; i++) await bed.anvil.rpc('evm_mine', [])
}
const reorganised = async (): Promise<void> => {
  await bed.anvil.rpc('evm_revert', [ours])
  ours = await bed.anvil.rpc('evm_snapshot', [])
}
/** What a refund does to our books: the claim ends, the coins are back. */
const refund = () =>
  new Map([
    [bed.geb.safeEngine.address, 1_000n * RAD],
    [bed.geb.debtAuctionHouse.address, -1_000n * RAD],
  ])

describe('a refund by the next bidder', () => {
  it('does not count while it has fewer confirmations than asked, nor ever where its block is undone before', async () => {
    await outbid(9_000n)
    await mine(CONFIRMATIONS - 1)
    await search()
    expect(bookings()).toEqual([])
    await reorganised()
    await mine(CONFIRMATIONS + 2)
    await search()
    expect(bookings()).toEqual([])
    expect(undone).toEqual([])
    await reorganised()
  })

  it('counts once at confirmation depth, whoever searches again', async () => {
    await outbid(9_000n)
    await mine(CONFIRMATIONS)
    await search()
    await search()
    await mine(1)
    await search()
    expect(bookings().map(({ deltas }) => deltas)).toEqual([refund()])
  })

  it('is taken back when a deeper reorg undoes its block, and counts once in the block it lands in next', async () => {
    const [before] = bookings()
    await reorganised()
    await mine(CONFIRMATIONS + 2)
    await search()
    expect(bookings()).toEqual([])
    expect(undone).toEqual([before?.transactionHash])
    await outbid(8_900n)
    await mine(CONFIRMATIONS)
    await search()
    await search()
    const after = bookings()
    expect(after.map(({ deltas }) => deltas)).toEqual([refund()])
    expect(after[0]?.blockHash).not.toBe(before?.blockHash)
  })

  it('moves with a reorg that puts it into another block', async () => {
    const [before] = bookings()
    await reorganised()
    await mine(1)
    await outbid(8_900n)
    await mine(CONFIRMATIONS)
    await search()
    const after = bookings()
    expect(after.map(({ deltas }) => deltas)).toEqual([refund()])
    expect(after[0]?.blockHash).not.toBe(before?.blockHash)
  })
})
