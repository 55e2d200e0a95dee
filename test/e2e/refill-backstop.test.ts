import { AbiCoder, Wallet } from 'ethers'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auctionFacts } from '../../src/cli/demo/debt-auction/witness.js'
import type { InsuranceRow } from '../../src/auctions/insurance.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { ROLES } from '../../src/devnet/ground.js'
import { GebStation } from './support/geb-station.js'

const BUDGET_USD = 450
const BUDGET_USD8 = BigInt(BUDGET_USD) * 10n ** 8n
const RAD = 10n ** 45n
const WAD = 10n ** 18n

interface Printed extends InsuranceRow {
  readonly days: readonly {
    readonly day: string
    readonly expectedLossUsd8: string
    readonly realisedUsd8: string
    readonly saved: string
  }[]
}

describe('backstop mode of a real keeper', () => {
  let station: GebStation
  /** The code of an oracle that takes `updateResult` for `burn` gas and changes nothing. */
  const standIn = async (price: bigint, updatedAt: bigint, delay: bigint, burn: bigint): Promise<unknown> => {
    const args = AbiCoder.defaultAbiCoder().encode(
      ['uint256', 'uint256', 'uint256', 'uint256'],
      [price, updatedAt, delay, burn],
    )
    const data = `${ownContract('DelayedOracleStandIn').bytecode}${args.slice(2)}`
    return station.devnet.anvil.rpc('eth_call', [{ data }, 'latest'])
  }
  beforeAll(async () => {
    station = await GebStation.open(
      {},
      { MODE: 'backstop', BACKSTOP_DAILY_LOSS_USD: String(BUDGET_USD), MAX_DAILY_LOSS_USD: '5000' },
    )
  }, 120_000)
  afterAll(() => station.close())

  const insurance = async (): Promise<Printed | undefined> => {
    const { code, out } = await station.command(['insurance', '--json'])
    expect(code).toBe(0)
    return (JSON.parse(out) as Printed[]).find(({ venue }) => venue === 'geb-debt')
  }

  it('starts auctions at a loss as far as the budget of the day goes, and says of the next that it would pass it', async () => {
    const { devnet, stage } = station
    const { geb } = devnet
    await station.crash(1_500n)
    const keeper = await station.start()
    await station.offered(keeper, 'liquidation')
    await station.settle(keeper)
    // nine cents: a lot of 9,523 tokens is worth less than the 1,000 coins that it costs
    await stage.send(geb.protocolToken, 'mint', [devnet.ground.uniswap.maker, 50_000_000n * WAD])
    await stage.etherAt(1_200n, 90n)
    await stage.wait(Number(geb.parameters.popDebtDelay))
    await station.settle(keeper)
    await station.kill(keeper)
    const { started, bids } = await auctionFacts(devnet, 0)
    expect(bids.length).toBe(started.length)
    expect(bids.length).toBeGreaterThan(0)
    expect(bids.length).toBeLessThan(5)
    const losses = station.report().bookings.filter(({ expectedNetUsd8 }) => expectedNetUsd8 < 0n)
    const spent = losses.reduce((sum, { expectedNetUsd8 }) => sum - expectedNetUsd8, 0n)
    expect(spent).toBeGreaterThan(0n)
    expect(spent).toBeLessThanOrEqual(BUDGET_USD8)
    // one more of the same would not have fitted
    expect(spent + spent / BigInt(bids.length)).toBeGreaterThan(BUDGET_USD8)
    const next = `geb-debt/${started.length + 1}`
    const refused = station.withLedger((ledger) => ledger.lastRefusal('geb-devnet', next))
    expect([refused?.code, refused?.detail]).toEqual([
      'daily-loss',
      expect.stringMatching(/^it would lose \d+, what is left/),
    ])
    const row = await insurance()
    const shown = row?.auctions.find(({ name }) => name === next)
    expect([shown?.phase, shown?.decision?.act, shown?.decision?.why]).toEqual(['startable', 'not', refused?.detail])
    expect(BigInt(shown?.fair ?? 0)).toBeGreaterThan(700n * WAD)
    expect(BigInt(shown?.fair ?? 0)).toBeLessThan(900n * WAD)
    const led = row?.auctions.find(({ name }) => name === 'geb-debt/1')
    expect([led?.phase, led?.decision?.act, led?.decision?.why]).toEqual(['leading', 'bid', 'start: landed'])
    expect(row?.days.map(({ saved }) => saved)).toEqual(row?.days.map(() => '0'))
  })

  it('reports what was spent and what debt it covered, also where a stranger settles', async () => {
    const { devnet, stage } = station
    const { geb } = devnet
    const { started } = await auctionFacts(devnet, 0)
    await stage.wait(Number(geb.parameters.bidDuration) + 60)
    for (let id = 1; id <= started.length; id++) await stage.send(geb.debtAuctionHouse, 'settleAuction', [id])
    await stage.blocks(5)
    const keeper = await station.start({ BACKSTOP_DAILY_LOSS_USD: '1' })
    await station.settle(keeper)
    await keeper.stop()
    const row = await insurance()
    const [saved, spent] = (['saved', 'expectedLossUsd8'] as const).map((figure) =>
      (row?.days ?? []).reduce((sum, day) => sum + BigInt(day[figure]), 0n),
    )
    expect(saved).toBe(BigInt(started.length) * 1_000n * WAD)
    expect(spent).toBeLessThanOrEqual(BUDGET_USD8 + 10n ** 8n)
    const debt = await station.read(geb.safeEngine, 'debtBalance', [geb.accountingEngine.address])
    expect(debt).toBe(5_000n * RAD - (saved ?? 0n) * 10n ** 27n)

    const { code, out } = await station.command(['insurance'])
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    for (const head of [
      /^market +venue +surplus +queued +auctionable +on auction +covered +running +works$/,
      /^auction +phase +pay +get +worth +we$/,
      /^day +market +loss +of budget +realised +debt covered$/,
    ])
      expect(lines.some((line) => head.test(line))).toBe(true)
    expect(lines.some((line) => line.includes('no: it would lose'))).toBe(true)
    if (process.env['SHOW'] === '1') process.stdout.write(`${out}\n`)
  })

  it('tells the protocol its next price with the key that is kept for it, once, within the budget', async () => {
    const { devnet, stage } = station
    const { geb, agent, anvil, executor } = devnet
    const kept = Wallet.createRandom()
    const file = join(station.dataDir, '..', 'operators')
    writeFileSync(file, `${devnet.env['PRIVATE_KEY'] ?? ''}\n${kept.privateKey} housekeeping\n`, { mode: 0o600 })
    await anvil.rpc('anvil_setBalance', [kept.address, '0xde0b6b3a7640000'])
    for (const address of [agent.address, executor])
      await stage.send({ ...agent, address }, 'setOperator', [kept.address, true], ROLES.executorOwner)
    const env = { OPERATOR_KEYS_FILE: file, PRIVATE_KEY: '' }
    const sent = async (): Promise<number> =>
      Number(await anvil.rpc('eth_getTransactionCount', [kept.address, 'latest']))
    const told = (): Promise<bigint> => station.read(geb.delayedOracle, 'lastUpdateTime')
    const before = await told()

    // what the bids of this day have used up is not there for it
    const poor = await station.start({ ...env, BACKSTOP_DAILY_LOSS_USD: '1' })
    await station.settle(poor, 2)
    await poor.stop()
    const named = (at: bigint): string => `poke/${geb.delayedOracle.address.slice(2, 10)}/${at}`
    const refused = station.withLedger((ledger) => ledger.lastRefusal('geb-devnet', named(before)))
    expect([refused?.code, await sent()]).toEqual(['daily-loss', 0])

    await stage.wait(86_400)
    const keeper = await station.start({ ...env, BACKSTOP_DAILY_LOSS_USD: '100' })
    await station.settle(keeper, 3)
    // a second time only when the delay is over again
    expect([(await told()) > before, await sent()]).toEqual([true, 1])
    await stage.wait(Number(geb.parameters.oracleDelay))
    await station.settle(keeper, 3)
    expect(await sent()).toBe(2)
    // the same address, as an oracle that takes the call and stands still: told once, then never on this state
    const still = await told()
    const delay = geb.parameters.oracleDelay
    await anvil.rpc('anvil_setCode', [geb.delayedOracle.address, await standIn(1_200n * WAD, still, delay, 80_000n)])
    await stage.wait(Number(delay))
    await station.settle(keeper, 3)
    await station.kill(keeper)
    const again = await station.start({ ...env, BACKSTOP_DAILY_LOSS_USD: '100' })
    await stage.wait(86_400)
    await station.settle(again, 3)
    const givenUp = station.withLedger((ledger) => ledger.lastRefusal('geb-devnet', named(still)))
    expect([await sent(), await told(), givenUp?.code]).toEqual([3, still, 'no-effect'])
    await again.stop()
    const [spent, paid, burnt] = station.withLedger((ledger) => {
      const own = ledger.report().bookings.filter(({ legs }) => legs.some(({ route }) => route === 'price'))
      const last = own.filter(({ day }) => day === own.at(-1)?.day)
      const expected = last.reduce((sum, { expectedNetUsd8 }) => sum - expectedNetUsd8, 0n)
      const charged = ledger.spentUsd8('geb-devnet', last.at(-1)?.day ?? '')
      const all = own.every(({ expectedNetUsd8, status }) => expectedNetUsd8 < 0n && status === 1)
      return [own.length, all, charged > expected]
    })
    // the stand-in burnt more gas than it was weighed with: the budget is charged what was paid
    expect([spent, paid, burnt]).toEqual([3, true, true])
  })
})
