import { openPair } from '../../src/devnet/geb/pools.js'
import { ROLES, accountOf, type Ground } from '../../src/devnet/ground.js'
import { mint } from '../../src/devnet/tokens.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { valueInWei, type PriceInWei } from '../../src/ledger/totals.js'
import { RAD } from '../../strategies/maker/maths.js'
import { address } from '../contracts/support/executor-bed.js'
import { what, type MakerContracts } from '../strategies/maker/support/maker-contracts.js'
import { MakerStation } from './support/maker/station.js'

const SINK = address(0x51)
const [SUMP, DUMP] = [1_000n * RAD, 10_000n * WAD]
const IDS = [1, 2, 3]

/** No debt but 3,000 coins of it, tokens at 20 cents, and a rival with coins in the Vat. */
async function setTheStage(ground: Ground, maker: MakerContracts): Promise<void> {
  const { admin, tokens, uniswap, accounts } = ground
  const { vat, vow, flopper, gov } = maker
  const [owed] = await admin.read(vat, 'sin', [vow.address])
  await admin.send(vat, 'suck', [SINK, vow.address, owed])
  await admin.send(vow, 'heal', [owed])
  await admin.send(vow, 'file', [what('sump'), SUMP])
  await admin.send(vow, 'file', [what('dump'), DUMP])
  await admin.send(flopper, 'set', [vow.address, 1n, 1n])
  await admin.send(gov, 'allow', [flopper.address])
  await admin.send(gov, 'mint', [uniswap.maker, 5_000_000n * WAD])
  await mint(admin, tokens, 'WETH', uniswap.maker, 400n * WAD)
  await openPair(admin, uniswap, {
    ...{ tokens: [gov, tokens.WETH], amounts: [5_000_000n * WAD, 400n * WAD], fee: 3_000, tickSpacing: 60 },
  })
  const rival = accountOf(accounts, ROLES.maker)
  await admin.send(vat, 'suck', [SINK, rival, 10n * SUMP])
  await admin.send(vat, 'hope', [flopper.address], { from: rival })
  await admin.send(vat, 'suck', [vow.address, SINK, 3n * SUMP])
}

describe('a keeper in debt auctions of Maker’s stand-ins against a rival: won, lost and sold, books to the wei', () => {
  let station: MakerStation

  beforeAll(async () => {
    const auctions = { style: 'step', onWin: 'sell', priceWindowSeconds: 600 }
    station = await MakerStation.open(setTheStage, { agentCoins: 5_000n, auctions })
  }, 120_000)
  afterAll(() => station.close())

  const leaders = (): Promise<string[]> =>
    Promise.all(
      IDS.map(async (id) => String((await station.read(station.devnet.flopper, 'bids', [id]))[2]).toLowerCase()),
    )
  const rivalSends = (method: string, args: readonly unknown[]): Promise<void> =>
    station.send(station.devnet.flopper, method, args, ROLES.maker)

  /** What the keeper's newest word on the first auction says. */
  const word = (): string => {
    const notes = station.events.flatMap(({ notes: told }) => (Array.isArray(told) ? (told as { name: string }[]) : []))
    return JSON.stringify(notes.findLast(({ name }) => name === 'maker-flop/1') ?? {})
  }

  test('starts three, is outbid in one for good, wins two, sells what it won, and the ledger says what the chain says', async () => {
    const { flopper, gov, vat, agent, ground, operator, proxy } = station.devnet
    const [us, rival] = [agent.address, accountOf(ground.accounts, ROLES.maker)]
    const before = await station.holdings()
    await station.start()
    await station.until('three auctions of ours', async () => (await leaders()).every((leader) => leader === us))
    expect((await station.read(flopper, 'kicks'))[0]).toBe(3n)

    await rivalSends('dent', [1, 7_000n * WAD, SUMP])
    await rivalSends('dent', [2, 8_000n * WAD, SUMP])
    await station.block()
    expect((await leaders()).slice(0, 2)).toEqual([rival, rival])
    await station.until('both again', async () => (await leaders()).every((leader) => leader === us))
    // the next lot would be worth less than the bid, by the price that may be left when the bid is free again
    await rivalSends('dent', [1, 5_600n * WAD, SUMP])
    await station.until('why it is left to the rival', () => Promise.resolve(word().includes('below-reservation')))
    await station.block()
    expect(await leaders()).toEqual([rival, us, us])

    // killed before the end: the next one learns from the chain what the bids were
    await station.kill()
    await station.start()
    await station.pass(1, 10_802)
    await rivalSends('deal', [1])
    await station.until('the ends', async () => (await leaders()).every((leader) => BigInt(leader) === 0n))
    await station.until('the sale', async () => (await station.read(gov, 'balanceOf', [us]))[0] === 0n)
    expect((await station.read(gov, 'balanceOf', [rival]))[0]).toBeGreaterThanOrEqual(5_600n * WAD)
    await station.pass(5)
    await station.block()
    expect((await station.keeper.health())['inFlight']).toBe(0)
    await station.keeper.stop()

    const change = new Map(
      [...(await station.holdings())].map(([token, now]) => [token, now - (before.get(token) ?? 0n)]),
    )
    const [weth, dai] = [ground.tokens.WETH.address, ground.tokens.DAI.address]
    const wei: PriceInWei = { numerator: 1n, denominator: 1n }
    const coin = (units: bigint): PriceInWei => ({ numerator: 1n, denominator: 2_500n * units })
    const prices = new Map<Address, PriceInWei>([
      ...[NATIVE, weth].map((token): [Address, PriceInWei] => [token, wei]),
      [dai, coin(1n)],
      ...[vat, flopper].map((inside): [Address, PriceInWei] => [inside.address, coin(RAY)]),
      [gov.address, { numerator: 8n, denominator: 100_000n }],
    ])
    const told = station.withLedger((ledger) => ({ total: ledger.totals(prices), report: ledger.report() }))
    expect(told.total).toBe(valueInWei(change, prices))
    // token by token: two bids paid, what was won is sold, no claim is left
    const booked = (token: Address): bigint =>
      told.report.bookings.reduce((sum, { deltas }) => sum + (deltas.get(token) ?? 0n), 0n)
    const all = [dai, vat.address, gov.address, weth]
    expect(all.map(booked)).toEqual(all.map((token) => change.get(token) ?? 0n))
    expect([booked(flopper.address), booked(gov.address)]).toEqual([0n, 0n])
    expect(booked(dai) * RAY + booked(vat.address)).toBe(-2n * SUMP)
    expect(booked(weth)).toBeGreaterThan(WAD)
    expect(proxy.publicTransactions().filter(({ from }) => from === operator)).toEqual([])
  }, 240_000)
})
