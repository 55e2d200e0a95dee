import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

const FALLEN = { WETH: (OPENING_PRICES.WETH * 90n) / 100n }
const NO_KEY = { PRIVATE_KEY: '', EXECUTOR_ADDRESS: '', DRY_RUN: 'true' }

let station: Station
beforeAll(async () => (station = await Station.open()))
afterAll(() => station.close())

const folder = (name: string): string => join(dirname(station.dataDir), name)
const now = (): { timestamp: number } => ({ timestamp: Math.floor(Date.now() / 1000) + 1 })
/** Fresh blocks until one was answered while it still was fresh: on a busy machine not each is. */
const fresh = (holds: () => Promise<boolean>): Promise<void> =>
  station.until('the answer to a fresh block', async () => {
    await station.devnet.builder.produceBlock({ ...now(), local: true })
    for (let i = 0; i < 20; i++) {
      if (await holds()) return true
      await sleep(50)
    }
    return false
  })
const complaints = (note: string): string[] => note.split('\n').filter((line) => line.startsWith('keeper: '))

async function healthz(since = 0): Promise<{ readonly status: number; readonly text: string }> {
  const start = await station.heard('start', since)
  const answer = await fetch(`http://127.0.0.1:${String(start['port'])}/healthz`)
  return { status: answer.status, text: await answer.text() }
}

describe('a node that lags behind the chain', () => {
  let keeper: KeeperProcess
  it('makes the keeper stand still and say so, although there is something to win', async () => {
    const { devnet } = station
    await devnet.builder.produceBlock(now())
    keeper = await station.start({ MAX_HEAD_AGE_SECONDS: '3' })
    await fresh(async () => (await healthz()).status === 200)
    await devnet.moveMarket(FALLEN)
    await devnet.proxy.fault('stale-head')
    const lost = now()
    await devnet.builder.produceBlock(lost)
    await station.until('503', async () => (await healthz()).status === 503)
    expect((await healthz()).text).toMatch(/head \d+ is \d+\.\d s old, the limit is 3\.0 s/)
    // the first block that it sees at last is old, by its own timestamp: nothing may be signed on it
    await station.until('age', () => Promise.resolve(Date.now() - lost.timestamp * 1000 > 3_200))
    devnet.proxy.clearFaults()
    await station.until('the lost block', async () => {
      const { scannedBlock } = await keeper.health()
      return scannedBlock === (await station.head())
    })
    await sleep(300)
    expect([station.relayed(), station.signed()]).toEqual([0, 0])
    expect(station.events.some(({ event, reason }) => event === 'refused' && reason === 'stale-head')).toBe(true)
  })

  it('goes on with the next fresh head', async () => {
    // both relays have it: what is sent for this block has been sent
    await fresh(async () => station.waiting().length === 2 && (await healthz()).status === 200)
  })

  it('no second keeper gets its key, its folder or its port', async () => {
    const port = String((await station.heard('start'))['port'])
    const sent = station.relayed()
    const tries = await Promise.all([
      station.command(['run'], { DATA_DIR: folder('other') }),
      station.command(['run'], {}),
      station.command(['run'], { ...NO_KEY, DATA_DIR: folder('dry'), METRICS_PORT: port }),
    ])
    const wanted = [
      /PRIVATE_KEY: operator 0x\w+ already works on chain 31337 in the keeper with pid \d+/,
      /DATA_DIR: .* is in use by the keeper with pid \d+/,
      /METRICS_PORT: port \d+ is in use by another program/,
    ]
    expect(tries.map(({ code, note }) => [code, complaints(note)])).toEqual(
      wanted.map((line) => [2, [expect.stringMatching(line) as unknown]]),
    )
    expect(station.relayed()).toBe(sent)
    keeper.mustLive()
    await keeper.stop()
  })
})

describe('a dry run without key and executor', () => {
  it.each<[string, readonly string[]]>([
    ['simulates with an executor that is not there', []],
    ['stands on its own figures, and says so, where the node cannot simulate', ['eth_simulateV1']],
  ])('%s', async (_, missing) => {
    const { devnet } = station
    const before = { relayed: station.relayed(), nonce: await station.nonce() }
    if (missing.length > 0) await devnet.proxy.fault('error', { methods: missing })
    const since = station.events.length
    const keeper = await station.start({ ...NO_KEY, DATA_DIR: folder(`dry-${missing.length}`) })
    await devnet.builder.produceBlock({ ...now(), local: true })
    const told = await station.heard('dry-run', since, ({ wouldEarnWei }) => wouldEarnWei !== undefined)
    expect(BigInt(String(told['wouldEarnWei']))).toBeGreaterThan(0n)
    const unable = station.events.slice(since).filter(({ event, unavailable }) => event === 'simulation' && unavailable)
    expect(unable.length > 0).toBe(missing.length > 0)
    await keeper.stop()
    devnet.proxy.clearFaults()
    const { code, out } = await station.command(['report'], { ...NO_KEY, DATA_DIR: folder(`dry-${missing.length}`) })
    expect([code, out]).toEqual([0, expect.stringMatching(/dry/i)])
    expect({ relayed: station.relayed(), nonce: await station.nonce() }).toEqual(before)
    expect(devnet.proxy.publicTransactions().filter(({ from }) => from === devnet.operator)).toEqual([])
  })
})
