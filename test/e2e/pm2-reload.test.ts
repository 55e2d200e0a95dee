import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperEvent } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { pm2Project, root, until, type Pm2Project } from '../support/pm2-project.js'
import { Station, type Watched } from './support/station.js'

const FALLEN = { WETH: (OPENING_PRICES.WETH * 90n) / 100n }

/** The lines of a file of JSON lines, those that are complete. */
function linesOf<T>(path: string): T[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T)
}

interface Journalled {
  readonly kind: string
  readonly intent?: { readonly id: string; readonly nonce: number }
  readonly attempt?: { readonly intentId: string; readonly transactionHash: string }
}

describe('pm2 reload while a bundle is out', () => {
  let station: Station
  let apps: Pm2Project
  const log = (): KeeperEvent[] => linesOf(join(station.dataDir, 'logs/keeper.log'))
  const said = (event: string): KeeperEvent[] => log().filter((line) => line.event === event)
  const journal = (): Journalled[] => linesOf(join(station.dataDir, 'journal.jsonl'))
  const intents = (): string[] =>
    journal().flatMap(({ intent }) => (intent === undefined ? [] : [`${intent.nonce} ${intent.id}`]))
  const app = async () => {
    const [one] = await apps.list()
    if (one === undefined) throw new Error('pm2 knows no keeper')
    return one
  }
  const keeper: Watched = {
    mustLive: () => undefined,
    health: async () => {
      const port = said('start').at(-1)?.['port']
      return (await (await fetch(`http://127.0.0.1:${String(port)}/healthz`)).json()) as Record<string, unknown>
    },
  }

  beforeAll(async () => {
    station = await Station.open()
    const lines = Object.entries(station.env()).filter(([name]) => !['PATH', 'KEEPER_ENV_FILE'].includes(name))
    const file = lines.map(([name, value]) => `${name}=${value}\n`).join('')
    apps = pm2Project(join(root, 'bin/keeper.js'), { '.env.local': file })
  })
  afterAll(async () => {
    await apps.end()
    await station.close()
  })

  it('the next process goes on with the same intent, signs its nonce for no other, and books it once', async () => {
    await apps.pm2('start', 'ecosystem.config.js')
    await until('a keeper that is ready', () => said('ready')[0] ?? null)
    await station.devnet.moveMarket(FALLEN)
    await station.devnet.builder.produceBlock()
    await station.accepted()
    const before = { app: await app(), intents: intents(), signed: station.signed() }
    expect([before.intents.length, before.signed]).toEqual([1, 1])

    await apps.pm2('reload', 'ecosystem.config.js')
    await until('the next keeper', () => said('ready')[1] ?? null)
    const after = await app()
    expect(after.pid).not.toBe(before.app.pid)
    expect([after.pm2_env.status, after.pm2_env.restart_time]).toEqual(['online', 1])
    // it came to its own end: pm2 has not had to kill it
    expect(said('left-in-flight')).toHaveLength(1)
    expect(said('stop')).toMatchObject([{ reason: 'signal' }])
    expect(intents()).toEqual(before.intents)
    expect((await keeper.health())['inFlight']).toBe(1)

    // a block that takes no bundle: the new process refreshes what the old one has signed
    await station.block(keeper, { local: true })
    await station.accepted()
    expect(station.signed()).toBeGreaterThan(before.signed)
    expect(intents()).toEqual(before.intents)
    expect([station.bookings(), await station.nonce()]).toEqual([[], 0])

    await station.settle(keeper)
    const hashes = station.bookings().map(({ transactionHash }) => transactionHash)
    expect(hashes.length).toBeGreaterThan(0)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(await station.nonce()).toBe(hashes.length)
    expect(said('landed').map((line) => line['transaction'])).toEqual(hashes)
    const nonces = intents().map((line) => line.split(' ')[0])
    expect(new Set(nonces).size).toBe(nonces.length)
    expect(log().filter(({ level }) => level === 'error')).toEqual([])
  })

  it('books nothing again after another reload', async () => {
    const before = station.report()
    await apps.pm2('reload', 'keeper-local')
    await until('the third keeper', () => said('ready')[2] ?? null)
    await station.settle(keeper)
    expect(station.report().bookings).toEqual(before.bookings)
    expect(await station.nonce()).toBe(before.bookings.length)
  })
})
