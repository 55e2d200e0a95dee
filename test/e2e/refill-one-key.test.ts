import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { auctionFacts } from '../../src/cli/demo/debt-auction/witness.js'
import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { GebStation } from './support/geb-station.js'

const LOTS = 5
const RAD = WAD * RAY

describe('two keepers on one key', () => {
  let station: GebStation
  let keepers: KeeperProcess[] = []
  beforeAll(async () => {
    station = await GebStation.open()
  }, 120_000)
  afterAll(() => station.close())

  const second = (): string => join(station.dataDir, '..', 'second')

  /** Blocks with bundles, each of which both have worked through. */
  async function blocks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const { number } = await station.devnet.builder.produceBlock()
      for (const keeper of keepers) await station.scanned(keeper, number)
      await station.bundle()
    }
  }

  it('spend nothing twice: every auction is started and bid in once, by one transaction per nonce', async () => {
    const { devnet, stage } = station
    const { geb, agent, operator } = devnet
    await station.crash(1_500n)
    const first = await station.start()
    // on one machine a lock stops the second; another machine does not see it
    await expect(station.start({ DATA_DIR: `${second()}-here` })).rejects.toThrow('already works on chain')
    mkdirSync(second(), { recursive: true })
    keepers = [first, await station.start({ DATA_DIR: second(), TMPDIR: second() })]
    await blocks(12)
    expect(await station.read(geb.collateralAuctionHouse, 'auctionsStarted')).toBe(2n)
    await stage.etherAt(1_200n, 200n)
    await stage.wait(Number(geb.parameters.popDebtDelay))
    await blocks(16)
    const { started, bids } = await auctionFacts(devnet, 0)
    expect([started.length, bids.length]).toEqual([LOTS, LOTS])
    expect(bids.every(({ by }) => by === agent.address)).toBe(true)
    expect(new Set(bids.map(({ id }) => id)).size).toBe(LOTS)
    // all capital stands in bids, none of it twice
    expect(await station.read(geb.coin, 'balanceOf', [agent.address])).toBe(0n)
    expect(await station.read(geb.safeEngine, 'coinBalance', [agent.address])).toBe(0n)
    await stage.wait(Number(geb.parameters.bidDuration) + 60)
    await blocks(20)
    for (const keeper of keepers) {
      keeper.mustLive()
      await keeper.stop()
    }
    const { settled } = await auctionFacts(devnet, 0)
    expect(settled.map(({ winner }) => winner)).toEqual(Array.from({ length: LOTS }, () => agent.address))
    expect(await station.read(geb.safeEngine, 'debtBalance', [geb.accountingEngine.address])).toBe(0n * RAD)

    const mined = await minedBy(operator)
    for (const dataDir of [station.dataDir, second()]) {
      const booked = station.report(dataDir).bookings.map(({ transactionHash }) => transactionHash)
      // each books what it knows of once, and nothing that is not in the chain
      expect(new Set(booked).size).toBe(booked.length)
      expect(booked.every((hash) => mined.has(hash))).toBe(true)
    }
    const all = [station.dataDir, second()].flatMap((dir) => station.report(dir).bookings)
    expect(new Set(all.map(({ transactionHash }) => transactionHash))).toEqual(mined)
    expect(mined.size).toBe(await station.nonce())
  })

  async function minedBy(operator: string): Promise<Set<string>> {
    const found = new Set<string>()
    const head = await station.stage.head()
    for (let number = 0; number <= head; number++) {
      const block = (await station.devnet.anvil.rpc('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as {
        readonly transactions: readonly { readonly hash: string; readonly from: string }[]
      }
      for (const { hash, from } of block.transactions) if (from.toLowerCase() === operator) found.add(hash)
    }
    return found
  }
})
