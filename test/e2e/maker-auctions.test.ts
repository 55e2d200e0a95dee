import type { Address } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { valueInWei, type PriceInWei } from '../../src/ledger/totals.js'
import { address } from '../contracts/support/executor-bed.js'
import { ILK } from '../strategies/maker/support/maker-contracts.js'
import { MakerStation } from './support/maker/station.js'

const VAULT = address(0xc11e1)

describe('a keeper beside stand-ins of Maker: bark for the incentive, take without capital, books to the wei', () => {
  let station: MakerStation

  beforeAll(async () => {
    station = await MakerStation.open(async ({ admin }, { vat }) => {
      await admin.send(vat, 'frob', [ILK, VAULT, VAULT, VAULT, 30n * WAD, 50_000n * WAD])
    })
  }, 120_000)
  afterAll(() => station.close())

  test('barks, waits for the price, buys with the pool’s coins, and the ledger says what the chain says', async () => {
    const { ground, spotter, clip, vat, agent, operator, proxy } = station.devnet
    const before = await station.holdings()
    await station.start()
    await station.send(spotter, 'set', [2_100n * WAD, true, RAY])
    await station.send(spotter, 'poke', [ILK])
    await station.until('a bark', async () => ((await station.read(clip, 'kicks'))[0] as bigint) > 0n)
    const [paid] = await station.read(vat, 'dai', [agent.address])
    expect(paid).toBe(250n * WAD * RAY + (56_500n * WAD * RAY) / 1_000n)
    const sold = async (): Promise<boolean> => ((await station.read(clip, 'list'))[0] as unknown[]).length === 0
    for (let jump = 0; jump < 12 && !(await sold()); jump++) {
      await station.pass(1, 450)
      for (let i = 0; i < 3 && !(await sold()); i++) await station.block()
    }
    expect(await sold()).toBe(true)
    await station.pass(5)
    await station.block()
    expect((await station.keeper.health())['inFlight']).toBe(0)
    await station.keeper.stop()

    const after = await station.holdings()
    const change = new Map([...after].map(([token, now]) => [token, now - (before.get(token) ?? 0n)]))
    const [weth, dai] = [ground.tokens.WETH.address, ground.tokens.DAI.address]
    const wei: PriceInWei = { numerator: 1n, denominator: 1n }
    const prices = new Map<Address, PriceInWei>([
      ...[NATIVE, weth].map((token): [Address, PriceInWei] => [token, wei]),
      [dai, { numerator: 1n, denominator: 2_100n }],
      [vat.address, { numerator: 1n, denominator: 2_100n * RAY }],
    ])
    expect(station.withLedger((ledger) => ledger.totals(prices))).toBe(valueInWei(change, prices))
    expect(change.get(vat.address)).toBeGreaterThan(0n)
    expect(change.get(weth)).toBeGreaterThan(0n)
    expect(proxy.publicTransactions().filter(({ from }) => from === operator)).toEqual([])
  }, 240_000)
})
