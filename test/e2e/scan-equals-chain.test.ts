import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { compare, scanAll } from './support/scan-equality.js'
import { Station } from './support/station.js'
import { History } from './support/upheaval/history.js'
import { Scene } from './support/upheaval/scene.js'

const LONG = process.env['TEST_LONG'] !== undefined
const SEED = Number(process.env['TEST_SEED'] ?? 20_262)
const BORROWERS = Number(process.env['TEST_BORROWERS'] ?? (LONG ? 2_000 : 120))
/** Each ends with a comparison of every borrower. */
const ROUNDS = LONG ? 12 : 4
const BLOCKS = LONG ? 16 : 10
const ACTS_PER_BLOCK = LONG ? 12 : 6
/** The replica's own audits must find nothing either. */
const AUDITS = ['audit_checked', 'audit_differences', 'audit_price_differences'] as const

/** How the keeper is treated in a round: it goes on, is stopped, or is killed; blocks are made while it is not there. */
const TREATMENTS = ['goes on', 'kill -9', 'stop'] as const

describe('random activity, reorgs, restarts and changes of price sources', () => {
  let station: Station
  let keeper: KeeperProcess
  const audited = { audit_checked: 0, audit_differences: 0, audit_price_differences: 0 }
  const compared: Record<string, number> = {}
  let restarts = 0

  beforeAll(async () => {
    const seed = { borrowers: BORROWERS, seed: 3 }
    station = await Station.open({ ...seed, markets: ['v3.6', 'v3.0'], specials: true }, { DRY_RUN: 'true' })
  }, 300_000)
  afterAll(() => station.close())

  /** Adds up what the keeper's audits found; it is about to end. */
  async function audit(): Promise<void> {
    const text = await keeper.metrics()
    for (const name of AUDITS)
      for (const [, value] of text.matchAll(new RegExp(`^[a-z_]*${name}[a-z_]*(?:{.*})? (\\d+)$`, 'gm')))
        audited[name] += Number(value)
  }

  async function treat(history: History, treatment: (typeof TREATMENTS)[number]): Promise<void> {
    if (treatment === 'goes on') return history.reorg(ACTS_PER_BLOCK)
    await audit()
    if (treatment === 'stop') await keeper.stop()
    else {
      // in the middle of what it is doing
      await history.block(ACTS_PER_BLOCK)
      keeper.signal('SIGKILL')
      await keeper.end(60_000)
    }
    await history.block(ACTS_PER_BLOCK)
    // else it goes on from its checkpoint
    if (history.flip()) await history.reorg(ACTS_PER_BLOCK)
    restarts++
    keeper = await station.start()
    await history.block(ACTS_PER_BLOCK)
  }

  /** Every borrower's row beside the contract; every second time the chain goes on while the scan works. */
  async function agrees(history: History, round: number): Promise<void> {
    const rows = scanAll(station)
    if (round % 2 === 1) for (let i = 0; i < 3; i++) await history.block(ACTS_PER_BLOCK)
    for (const { market, block, compared: count, differences } of await compare(station, await rows)) {
      const place = { seed: SEED, round, market, block }
      expect({ ...place, differences }).toEqual({ ...place, differences: [] })
      expect(count).toBeGreaterThan(10)
      compared[market] = (compared[market] ?? 0) + count
      if (LONG) process.stdout.write(`round ${round} block ${block} ${market}: ${count} equal\n`)
    }
  }

  it(`scan equals the contracts to the wei: ${BORROWERS} borrowers, seed ${SEED}`, async () => {
    const started = Date.now()
    const scene = await Scene.set(station.devnet, SEED)
    const history = await History.over(scene)
    keeper = await station.start()
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < BLOCKS; i++) await history.block(ACTS_PER_BLOCK)
      await treat(history, TREATMENTS[round % TREATMENTS.length] ?? 'goes on')
      await station.scanned(keeper, await station.head())
      await agrees(history, round)
    }
    await audit()
    const { counts, blocks, reorgs } = history
    const summary = { seed: SEED, counts, blocks, reorgs, restarts, compared, audited }
    process.stdout.write(
      `scan equals chain: ${JSON.stringify(summary)}, ${Math.round((Date.now() - started) / 1000)} s\n`,
    )
    const never = Object.entries(counts).filter(([, { done }]) => done === 0)
    expect(never).toEqual([])
    // a price that was wrong for a block is told and mended at once; the long run wants to know of any
    const wrong = station.events.filter(({ event, level }) => event === 'audit' && level !== 'info')
    const told = LONG ? wrong : wrong.filter((event) => event['priceDiffers'] === undefined)
    expect({ seed: SEED, told }).toEqual({ seed: SEED, told: [] })
    expect(audited.audit_differences).toBe(0)
    expect(audited.audit_checked).toBeGreaterThan(0)
  }, 3_600_000)
})
