import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

/** How long a process may take to end on a busy machine. */
const END_MS = 60_000

describe('kill switch and stop', () => {
  let station: Station
  let keeper: KeeperProcess
  const killFile = (): string => join(station.dataDir, 'KILL')
  const problems = async (): Promise<string> => JSON.stringify((await keeper.health())['problems'] ?? [])

  beforeAll(async () => {
    station = await Station.open()
    keeper = await station.start()
    await station.devnet.moveMarket({ WETH: (OPENING_PRICES.WETH * 90n) / 100n })
    await station.devnet.builder.produceBlock()
    await station.accepted()
  })
  afterAll(() => station.close())

  it('the file stops it within one block and what is out is cancelled', async () => {
    writeFileSync(killFile(), '')
    const [signed, asked] = [station.signed(), station.relayed('eth_sendBundle')]
    await station.block(keeper, { local: true })
    await station.heard('cancelled')
    await station.block(keeper)
    await station.block(keeper)
    expect([station.signed(), station.relayed('eth_sendBundle')]).toEqual([signed, asked])
    expect(station.relayed('eth_cancelBundle')).toBeGreaterThan(0)
    expect(station.waiting()).toEqual([])
    expect(await station.nonce()).toBe(0)
    expect(await problems()).toContain('KILL')
    await station.heard('refused', 0, ({ reason }) => reason === 'kill-switch')
  })

  it('goes on when the file is gone', async () => {
    rmSync(killFile())
    await station.offered(keeper)
    await station.accepted()
    expect(await problems()).toBe('[]')
  })

  it('SIGUSR2 takes back at once what waits at the relays', async () => {
    const waiting = station.waiting().map(({ id }) => id)
    keeper.signal('SIGUSR2')
    await station.until('the cancellation', () => Promise.resolve(station.waiting().length === 0))
    const cancelled = station.devnet.builder.records().filter(({ id }) => waiting.includes(id))
    expect(cancelled.map(({ outcome }) => outcome)).toEqual(
      waiting.map(() => expect.objectContaining({ kind: 'dropped', reason: 'cancelled' }) as unknown),
    )
    for (let i = 0; i < 2; i++) await station.block(keeper)
    expect(await station.nonce()).toBe(0)
    // the switch stays pulled over a restart
    await keeper.stop()
    const signed = station.signed()
    keeper = await station.start()
    await station.block(keeper)
    expect(station.signed()).toBe(signed)
    rmSync(killFile())
  })

  it('SIGINT with a bundle out, and relays that hang, ends it; the next start resolves what it left', async () => {
    await station.offered(keeper)
    await station.accepted()
    for (const relay of ['flashbots', 'titan'])
      station.devnet.builder.fault(relay, 'acceptThenHang', { times: Number.POSITIVE_INFINITY })
    const since = station.events.length
    await station.offered(keeper)
    keeper.signal('SIGINT')
    expect(await keeper.end(END_MS)).toBe('ended with 0')
    await station.heard('left-in-flight', since)

    station.devnet.builder.clearFaults()
    await station.devnet.builder.produceBlock()
    expect(await station.nonce()).toBe(1)
    expect(station.bookings()).toEqual([])
    keeper = await station.start()
    await station.heard('landed', since)
    expect(station.bookings()).toHaveLength(1)
  })

  it('SIGINT while the node answers nothing ends it as well', async () => {
    const { builder, proxy, moveMarket } = station.devnet
    await moveMarket({ WETH: (OPENING_PRICES.WETH * 70n) / 100n })
    await station.block(keeper)
    await station.accepted()
    await proxy.fault('hang')
    proxy.resetRequests()
    await builder.produceBlock({ local: true })
    await station.until('a request that hangs', () => Promise.resolve(proxy.requests().size > 0))
    keeper.signal('SIGINT')
    expect(await keeper.end(END_MS)).toBe('ended with 0')
    proxy.clearFaults()
  })

  // it waits for the deadline of a request
  if (process.env['TEST_LONG'] !== undefined)
    it('SIGUSR2 while it still reads the market is obeyed too', async () => {
      await keeper.stop()
      station.clean()
      await station.devnet.proxy.fault('hang', { methods: ['eth_getLogs'], times: 1 })
      const since = station.events.length
      const starting = station.start()
      await station.heard('start', since)
      const { pid } = JSON.parse(readFileSync(join(station.dataDir, 'keeper.lock'), 'utf8')) as { pid: number }
      process.kill(pid, 'SIGUSR2')
      await station.until('the kill file', () => Promise.resolve(existsSync(killFile())))
      keeper = await starting
      await station.block(keeper)
      expect(station.signed()).toBe(0)
      expect(await problems()).toContain('KILL')
    })
})
