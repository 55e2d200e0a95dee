import { setTimeout as sleep } from 'node:timers/promises'
import { toAddress, type Address } from '../../src/domain/chain.js'
import { whole } from '../../src/devnet/catalogue.js'
import type { PositionPlan } from '../../src/devnet/positions/plan.js'
import { NATIVE } from '../../src/ledger/booking.js'
import type { BookedRow, RefusalRow } from '../../src/ledger/ledger.js'
import { Station } from './support/station.js'

/** Two of ten dollars each. */
const BUDGET_USD = 26
const BUDGET_USD8 = BigInt(BUDGET_USD) * 10n ** 8n
const GWEI = 10n ** 9n
/** A bonus of a dollar and a half, and gas of a dozen. */
const DEAR = { baseFee: 20n * GWEI }
const BACKSTOP = { MODE: 'backstop', BACKSTOP_DAILY_LOSS_USD: String(BUDGET_USD), MAX_DAILY_LOSS_USD: '500' }

const accountOf = (i: number): Address => toAddress(`0x${(0xd057_0000 + i).toString(16).padStart(40, '0')}`)
/** After the fall worth less than what is owed; the last one is large enough to pay. */
const DUST = [0, 1, 2, 3].map(accountOf)
const LARGE = accountOf(9)

function plan(account: Address, collateral: bigint, debt: bigint): PositionPlan {
  const position = { account, market: 'v3.6' as const, shape: 'dust', special: null, eMode: 0, healthBps: 10_500 }
  return { ...position, whileHigh: false, collateral: [['WETH', collateral]], debt: [['USDC', debt]] }
}

const POSITIONS = [
  ...DUST.map((account, i) => plan(account, whole('WETH', 20n + BigInt(i)) / 1_000n, whole('USDC', 38n + BigInt(i)))),
  plan(LARGE, whole('WETH', 10n), whole('USDC', 19_000n)),
]

describe('dust with bad debt in a lending market', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open({ positions: POSITIONS })))
  afterAll(() => station.close())

  const deficit = async (): Promise<bigint> => {
    const { ground, markets } = station.devnet
    const [market] = markets
    if (market === undefined) throw new Error('no market')
    return (await ground.admin.read(market.pool, 'getReserveDeficit', [ground.tokens.USDC.address]))[0] as bigint
  }
  const debtOf = async (user: Address): Promise<bigint> => {
    const { ground, markets } = station.devnet
    const [market] = markets
    if (market === undefined) throw new Error('no market')
    return (await ground.admin.read(market.pool, 'getUserAccountData', [user]))[1] as bigint
  }
  const refusals = async (): Promise<readonly RefusalRow[]> => {
    const { code, out } = await station.command(['report', '--json'])
    expect(code).toBe(0)
    return (JSON.parse(out) as { refusalRows: RefusalRow[] }).refusalRows
  }
  const blocks = async (keeper: Parameters<Station['block']>[0], count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await station.block(keeper, DEAR)
  }
  /** Blocks until nothing is in flight for three of them. */
  const rest = async (keeper: Parameters<Station['block']>[0]): Promise<void> => {
    for (let still = 0, made = 0; still < 3; made++) {
      if (made > 25) throw new Error(`the keeper does not come to rest: ${station.story()}`)
      await station.block(keeper, DEAR)
      await sleep(100)
      const { inFlight } = await keeper.health()
      still = inFlight === 0 && station.waiting().length === 0 ? still + 1 : 0
    }
  }
  const backstopOf = () => station.report().backstop
  const lossOf = (rows: readonly BookedRow[]): bigint =>
    rows.reduce((sum, { expectedNetUsd8: net }) => (net < 0n ? sum - net : sum), 0n)

  it('is left alone in profit mode, with the reason', async () => {
    // the fall lands while gas is cheap, and nobody looks
    await station.devnet.moveMarket({ WETH: 1_500_00000000n })
    await station.devnet.builder.produceBlock()
    await station.devnet.builder.produceBlock(DEAR)
    const keeper = await station.start()
    await blocks(keeper, 6)
    await keeper.stop()
    const rows = station.bookings()
    expect(rows.map(({ legs }) => legs.map(({ position }) => position))).toEqual([[LARGE]])
    expect(lossOf(rows)).toBe(0n)
    const said = (await refusals()).filter(({ position }) => DUST.includes(position as Address))
    expect(new Set(said.map(({ code }) => code))).toEqual(new Set(['below-min-profit']))
    for (const debt of await Promise.all(DUST.map(debtOf))) expect(debt).toBeGreaterThan(0n)
  })

  it('is completed in backstop mode, the deficit appears, and a kill -9 gives nothing back that may still land', async () => {
    const before = await deficit()
    const since = station.events.length
    const first = await station.start(BACKSTOP)
    for (let i = 0; i < 5 && station.waiting().length === 0; i++) {
      await station.block(first, { ...DEAR, local: true })
      await station.heard('at-loss', since)
    }
    first.signal('SIGKILL')
    await first.end(60_000)
    const second = await station.start(BACKSTOP)
    await rest(second)
    second.signal('SIGKILL')
    await second.end(60_000)

    const lost = station.bookings().filter(({ expectedNetUsd8 }) => expectedNetUsd8 < 0n)
    const done = lost.flatMap(({ legs }) => legs.map(({ position }) => position))
    expect(new Set(done).size).toBe(done.length)
    expect(done.length).toBe(2)
    const spent = backstopOf().reduce((sum, { expectedLossUsd8 }) => sum + expectedLossUsd8, 0n)
    expect(spent).toBeLessThanOrEqual(BUDGET_USD8)
    // one more would not have fitted
    expect(spent + spent / BigInt(done.length)).toBeGreaterThan(BUDGET_USD8)
    for (const { netUsd8, deltas, bidWei } of lost) {
      // tokens only came in: what was lost is gas and tip
      expect([...deltas].filter(([token, amount]) => amount < 0n && token !== NATIVE)).toEqual([])
      expect([netUsd8 !== null && netUsd8 < 0n, bidWei]).toEqual([true, 0n])
    }
    for (const user of done) expect(await debtOf(user as Address)).toBe(0n)
    expect(await deficit()).toBeGreaterThan(before + whole('USDC', 15n))
    const left = DUST.filter((user) => !done.includes(user))
    const said = (await refusals()).filter(
      ({ position, code }) => code === 'daily-loss' && left.includes(position as Address),
    )
    expect(said.map(({ position }) => position).sort()).toEqual([...left].sort())
    expect(said[0]?.detail).toMatch(/^it could lose \d+ \(USD, 8 decimals\), what is left of the day's budget is \d+$/)
  })

  it('spends nothing twice after a restart, and reports what was spent and what it ended', async () => {
    const before = station.bookings()
    const signed = station.signed()
    const keeper = await station.start(BACKSTOP)
    await blocks(keeper, 3)
    await keeper.stop()
    expect([station.bookings(), station.signed()]).toEqual([before, signed])
    const backstop = backstopOf()
    expect(backstop.reduce((sum, { positions }) => sum + positions, 0)).toBe(2)
    const ended = backstop.reduce((sum, { endedBase }) => sum + (endedBase ?? 0n), 0n)
    expect(ended).toBeGreaterThan(76n * 10n ** 8n)
    expect(ended).toBeLessThan(84n * 10n ** 8n)
    const { out } = await station.command(['report'])
    expect(out).toMatch(/\nBackstop: at a loss\nday +market +positions +of budget +realised +debt ended\n/)
    if (process.env['SHOW'] === '1') process.stdout.write(`${out}\n`)
  })
})
