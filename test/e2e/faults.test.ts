import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metricOf } from '../../src/cli/demo/metrics-check.js'
import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { RpcFaultKind } from '../../src/devnet/proxy/faults.js'
import type { RelayFaultKind } from '../../src/devnet/builder/relay-faults.js'
import { Station } from './support/station.js'

const SICK: Readonly<Record<string, RelayFaultKind>> = {
  hanging: 'hang',
  limiting: 'rateLimited',
  failing: 'statusHtml',
  empty: 'nullResult',
  redirecting: 'redirect',
}
const RELAYS = [...Object.keys(SICK), 'healthy'].map((name) => ({ name, personality: 'titan' as const }))
const always = Number.POSITIVE_INFINITY
const ether = (share: bigint) => ({ WETH: (OPENING_PRICES.WETH * share) / 100n })

describe('faults of others', () => {
  let station: Station
  let keeper: KeeperProcess
  let elsewhere: Server
  let strayed = 0
  beforeAll(async () => {
    elsewhere = createServer((_, response) => {
      strayed++
      response.end('{}')
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    station = await Station.open({ relays: RELAYS })
    keeper = await station.start()
  })
  afterAll(async () => {
    elsewhere.close()
    await station.close()
  })

  it('lands through the one relay that is well, and follows no redirect', async () => {
    const { builder, moveMarket } = station.devnet
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
    for (const [relay, kind] of Object.entries(SICK))
      builder.fault(relay, kind, { times: always, status: 500, location, methods: ['eth_sendBundle'] })
    await moveMarket(ether(90n))
    await builder.produceBlock()
    await station.until('a bundle at the healthy relay', () =>
      Promise.resolve(station.waiting().some(({ relay }) => relay === 'healthy')),
    )
    await builder.produceBlock({ winner: 'healthy' })
    await station.heard('landed')
    expect(strayed).toBe(0)
    // the answer of the one that hangs is known after its deadline
    const counted = async (relay: string, outcome: string): Promise<number> =>
      metricOf(await keeper.metrics(), 'keeper_bundles_total', { relay, outcome })
    const label = (name: string): string => new URL(builder.relayUrl(name)).host
    await station.until('the deadline', async () => (await counted(label('hanging'), 'unknown')) > 0)
    const outcomes = ['hanging', 'limiting', 'failing', 'empty', 'redirecting', 'healthy'].map(async (relay) => {
      const found = await Promise.all(
        ['accepted', 'rejected', 'rateLimited', 'unknown'].map(async (kind) => [
          kind,
          await counted(label(relay), kind),
        ]),
      )
      return [relay, found.filter(([, count]) => count !== 0).map(([kind]) => kind)]
    })
    // null is how some builders say yes
    expect(Object.fromEntries(await Promise.all(outcomes))).toEqual({
      hanging: ['unknown'],
      limiting: ['rateLimited'],
      failing: ['unknown'],
      empty: ['accepted'],
      redirecting: ['rejected'],
      healthy: ['accepted'],
    })
    builder.clearFaults()
    await station.settle(keeper)
  })

  it.each<[RpcFaultKind, readonly string[] | undefined]>([
    ['error', undefined],
    ['null', undefined],
    ['disconnect', undefined],
    ['hang', ['eth_getLogs', 'eth_getBlockByNumber']],
  ])('lives through a node that answers with %s, and scans again', async (kind, methods) => {
    const { builder, proxy } = station.devnet
    const end = await proxy.fault(kind, methods === undefined ? {} : { methods, times: 2 })
    proxy.resetRequests()
    await builder.produceBlock()
    const asked = (): boolean => [...proxy.requests().keys()].some((method) => methods?.includes(method) ?? true)
    await station.until('a request that is spoilt', () => Promise.resolve(asked()))
    await builder.produceBlock()
    end()
    await station.block(keeper)
    keeper.mustLive()
  })

  it('lives through lost and refused WebSockets, and still liquidates', async () => {
    const { builder, proxy, moveMarket } = station.devnet
    const end = await proxy.fault('refuse-websocket')
    proxy.dropWebSockets()
    await station.block(keeper)
    end()
    proxy.dropWebSockets()
    const landed = station.bookings().length
    await moveMarket(ether(70n))
    await station.block(keeper)
    await station.accepted()
    await builder.produceBlock()
    await station.settle(keeper)
    expect(station.bookings().length).toBeGreaterThan(landed)
    expect(station.bookings()).toHaveLength(await station.nonce())
  })
})
