import type { Balances } from '../../src/cli/demo/debt-auction/accounts.js'
import { auctionFacts } from '../../src/cli/demo/debt-auction/witness.js'
import { WAD } from '../../src/domain/maths.js'
import { GebStation } from './support/geb-station.js'

/** 5,000 coins of bad debt in lots of 1,000. */
const LOTS = 5

describe('kill -9 between the steps of the refill path', () => {
  let station: GebStation
  let opening: Balances
  const landed: string[] = []
  beforeAll(async () => {
    station = await GebStation.open()
    opening = await station.balances()
  }, 120_000)
  afterAll(() => station.close())

  const booked = (): string[] => station.report().bookings.map(({ transactionHash }) => transactionHash)

  /** A keeper is killed when its run is at the relays, and the run lands while it is dead. */
  async function killedWithItSent(what: string): Promise<string> {
    const keeper = await station.start()
    const bundle = await station.offered(keeper, what)
    await station.kill(keeper)
    await station.devnet.builder.produceBlock()
    const hash = bundle.transactionHashes[0] ?? ''
    landed.push(hash)
    expect(await station.nonce()).toBe(landed.length)
    return hash
  }

  it('after sending the liquidations: they land once and are booked once', async () => {
    const { geb } = station.devnet
    await station.crash(1_500n)
    const hash = await killedWithItSent('liquidation')
    expect(await station.read(geb.collateralAuctionHouse, 'auctionsStarted')).toBe(2n)
    expect(booked()).not.toContain(hash)

    const since = station.events.length
    const next = await station.start()
    expect((await station.heard('landed', since))['transaction']).toBe(hash)
    await station.settle(next)
    await station.kill(next)
    expect(booked()).toEqual(landed)
    expect(await station.read(geb.collateralAuctionHouse, 'auctionsStarted')).toBe(2n)
  })

  it('after sending pop, start and first bids that never land: they expire and are sent again, with the same nonce', async () => {
    const { geb } = station.devnet
    await station.stage.etherAt(1_200n, 200n)
    await station.stage.wait(Number(geb.parameters.popDebtDelay))
    const keeper = await station.start()
    await station.offered(keeper, 'start')
    await station.kill(keeper)
    // past the lifetime of the order, in blocks that take no bundle
    await station.stage.blocks(6)
    const since = station.events.length
    const again = await station.start()
    expect((await station.heard('expired', since))['nonce']).toBe(1)
    await station.offered(again, 'start', since)
    expect((await station.heard('bundle', since))['nonce']).toBe(1)
    await station.kill(again)
    expect(await station.read(geb.debtAuctionHouse, 'auctionsStarted')).toBe(0n)
    expect(booked()).toEqual(landed)
  })

  it('after sending them a second time: every auction is started once and led by us once', async () => {
    const { devnet } = station
    const hash = await killedWithItSent('start')
    const next = await station.start()
    await station.heard('landed', 0, (event) => event['transaction'] === hash)
    await station.settle(next)
    await station.kill(next)
    const { started, bids } = await auctionFacts(devnet, 0)
    expect([started.length, bids.length]).toEqual([LOTS, LOTS])
    expect(bids.every(({ by }) => by === devnet.agent.address)).toBe(true)
    expect(booked()).toEqual(landed)
  })

  it('after winning and before settling: the next keeper settles each once, and the one after it sells once', async () => {
    const { geb, agent } = station.devnet
    await station.stage.wait(Number(geb.parameters.bidDuration) + 60)
    await killedWithItSent('settle')
    expect((await auctionFacts(station.devnet, 0)).settled.map(({ winner }) => winner)).toEqual(
      Array.from({ length: LOTS }, () => agent.address),
    )
    expect(await station.read(geb.protocolToken, 'balanceOf', [agent.address])).toBeGreaterThan(9_000n * WAD)
    // settled, not yet sold, and no keeper has seen either
    await killedWithItSent('sale')
    expect(await station.read(geb.protocolToken, 'balanceOf', [agent.address])).toBe(0n)
  })

  it('in the end journal, ledger and chain agree to the wei, and another start changes nothing', async () => {
    const keeper = await station.start()
    await station.settle(keeper)
    await keeper.stop()
    expect(await station.nonce()).toBe(landed.length)
    expect(booked()).toEqual(landed)
    const { ledger, chain } = await station.profit(opening)
    expect(ledger).toBe(chain)
    expect(chain).toBeGreaterThan(0n)
    const before = station.report()
    const last = await station.start()
    await station.settle(last)
    await last.stop()
    const after = station.report()
    expect(after.bookings).toEqual(before.bookings)
    expect([after.intents, after.attempts, after.outcomes]).toEqual([before.intents, before.attempts, before.outcomes])
  })
})
