import { id } from 'ethers'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { until } from '../support/until.js'
import { selectorsOf } from './support/selectors.js'
import { Station } from './support/station.js'

const selector = (signature: string): string => id(signature).slice(0, 10)
const READINGS: Readonly<Record<string, string>> = {
  [selector('getUserAccountData(address)')]: 'getUserAccountData',
  [selector('getReserveData(address)')]: 'getReserveData',
}

describe('what the keeper asks its node while it scans and liquidates', () => {
  let station: Station
  const methods = new Map<string, number>()
  const readings: string[] = []
  let calls = 0

  const watched = async (
    env: Record<string, string>,
    shareOfOpening: bigint,
    seen: () => boolean = () => true,
  ): Promise<void> => {
    const keeper = await station.start(env)
    // the snapshot of the start is not the scan
    methods.clear()
    calls = readings.length = 0
    const unwatch = station.devnet.proxy.watch(({ method, params }) => {
      methods.set(method, (methods.get(method) ?? 0) + 1)
      const selectors = selectorsOf(params)
      calls += selectors.length
      for (const one of selectors) if (READINGS[one] !== undefined) readings.push(READINGS[one])
    })
    await station.block(keeper)
    await station.devnet.moveMarket({ WETH: (OPENING_PRICES.WETH * shareOfOpening) / 100n })
    await station.settle(keeper)
    // what runs beside the scan comes when the processor has time for it
    await until(seen, 'the audit')
    unwatch()
    await keeper.stop()
  }

  beforeAll(async () => (station = await Station.open()))
  afterAll(() => station.close())

  it('scans and liquidates without reading what the contract thinks of a position or a reserve', async () => {
    await watched({ AUDIT_SAMPLE: '0' }, 90n)
    expect(station.bookings().length).toBeGreaterThan(0)
    expect(methods.get('eth_getLogs') ?? 0).toBeGreaterThan(0)
    // the pools on the routes are read: calls do pass the detector
    expect(calls).toBeGreaterThan(10)
    expect(readings).toEqual([])
    expect(methods.get('eth_sendRawTransaction') ?? 0).toBe(0)
  })

  it('is found out when it does: the audit beside the scan reads positions', async () => {
    await watched({ AUDIT_SAMPLE: '8' }, 89n, () => readings.length > 0)
    expect(new Set(readings)).toContain('getUserAccountData')
  })
})
