import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { Secret } from '../../../src/config/secret.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { forwardedTransmit } from '../../../src/devnet/transmit.js'
import type { Address, Hex } from '../../../src/domain/chain.js'
import { SettingsError } from '../../../src/domain/errors.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { Reporters, type ReportersOptions } from '../../../src/oracle/reporters.js'
import type { PriceSignal } from '../../../src/oracle/source.js'
import { AtlasHints } from '../../../src/oracle/sources/atlas.js'
import type { SourceContext } from '../../../src/oracle/sources/context.js'
import { sourcesOf } from '../../../src/oracle/sources/sources.js'
import { TitanOfa } from '../../../src/oracle/sources/titan-ofa.js'
import { until } from '../../support/until.js'

const AGGREGATOR: Address = '0x137233996b6586a110bb7a753248e26cc0307b1b'
const FORWARDER: Address = '0x00000000000000000000000000000000000000bb'
const HASH: Hex = `0x${'0a'.repeat(32)}`
const SOLVER_KEY = new Secret(`0x${'77'.repeat(32)}`)

interface Request {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** An auction's end of the wire, answering as the published description says. */
class Stub {
  readonly asked: Request[] = []
  readonly paths: string[] = []
  client: WebSocket | null = null
  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket, request) => {
      this.client = socket
      this.paths.push(request.url ?? '')
      socket.on('message', (data: Buffer) => {
        const asked = JSON.parse(data.toString()) as Request
        this.asked.push(asked)
        const result = asked.method.endsWith('_subscribe') ? '5ed17bf8-ed27-4625-97ef-447554594a3c' : 'null'
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result }))
      })
    })
  }

  static async start(): Promise<Stub> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    return new Stub(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws`
  }

  notify(method: string, result: unknown): void {
    const params = { subscription: '5ed17bf8-ed27-4625-97ef-447554594a3c', result }
    this.client?.send(JSON.stringify({ jsonrpc: '2.0', method, params }))
  }

  async subscribed(count: number): Promise<void> {
    await until(
      () => this.asked.filter(({ method }) => method.endsWith('_subscribe')).length >= count,
      'a subscription',
    )
  }

  stop(): void {
    for (const client of this.server.clients) client.terminate()
    this.server.close()
  }
}

/** Nobody says who may report: then a report is believed. */
function contextOf(url: string): SourceContext & { close(): void } {
  const rpc = new RpcClient({ urls: [url], chainId: 8_453, logger: silentLogger, metrics: noMetrics })
  const aggregators = (): ReadonlySet<Address> => new Set([AGGREGATOR])
  const calls: ReportersOptions['reader']['calls'] = (requests) =>
    Promise.resolve(requests.map(() => ({ ok: false, data: '0x' })))
  const reporters = new Reporters({
    reader: { calls },
    block: () => Promise.resolve(1),
    aggregators,
    logger: silentLogger,
  })
  const close = (): void => {
    rpc.close()
  }
  return { chainId: 8_453, rpc, aggregators, reporters, logger: silentLogger, metrics: noMetrics, close }
}

let stub: Stub
let context: ReturnType<typeof contextOf>
let signals: PriceSignal[]
const sink = (signal: PriceSignal): void => {
  signals.push(signal)
}
beforeEach(async () => {
  stub = await Stub.start()
  context = contextOf(stub.url)
  signals = []
})
afterEach(() => {
  context.close()
  stub.stop()
})

describe("Titan's auction", () => {
  const callData = forwardedTransmit(
    AGGREGATOR,
    { observationsTimestamp: 1, observations: [5n], epochAndRound: 1n },
    true,
  )

  test('is heard and bid in over one socket whose path ends with the key', async () => {
    const source = new TitanOfa(`${stub.url}/v1/`, new Secret('searcher-key-1'), context)
    await source.start(sink)
    await stub.subscribed(1)
    expect(stub.paths).toEqual(['/ws/v1/searcher-key-1'])
    stub.notify('eth_subscription', { hash: 'none' })
    stub.notify('eth_subscription', { hash: HASH, to: FORWARDER, input: callData })
    await until(() => signals.length > 0, 'a signal')
    const behind = { kind: 'hint', auction: 'titan-ofa', id: HASH }
    const answers = [{ aggregator: AGGREGATOR, answer: 5n, auctioned: true }]
    expect(signals).toMatchObject([{ channel: 'hint', answers, behind }])
    await source.bid(HASH, '0x02', 255)
    expect(stub.asked.at(-1)).toMatchObject({
      method: 'eth_sendBundle',
      params: [{ txs: [HASH, '0x02'], blockNumber: '0xff' }],
    })
    // lost connections are its own to mend
    stub.client?.terminate()
    await stub.subscribed(2)
    await source.stop()
  })
})

describe('the Atlas auction', () => {
  const notice = (change: object = {}, hints: object = {}): object => ({
    auction_id: '1bc9a4ce-4fcf-4eb1-8632-959e2273953e',
    partial_user_operation: {
      ...{ chainId: '0x2105', userOpHash: HASH, gas: '0x4e20', maxFeePerGas: '0x4c4b40', deadline: '0x19d8c75' },
      hints: { aggregator: AGGREGATOR, medianPrice: '6000000000000', rawReport: '0x', ...hints },
      ...change,
    },
  })

  test('is heard, and takes a bid for the auction that was heard', async () => {
    const source = new AtlasHints(stub.url, SOLVER_KEY, context)
    await source.start(sink)
    await stub.subscribed(1)
    expect(stub.asked[0]).toMatchObject({ method: 'solver_subscribe', params: ['userOperations'] })
    for (const wrong of [
      notice({ chainId: '0x1' }),
      notice({ userOpHash: 'x' }),
      notice({}, { medianPrice: 'much' }),
      notice({}, { aggregator: FORWARDER }),
      {},
    ])
      stub.notify('solver_subscription', wrong)
    stub.notify('solver_subscription', notice())
    await until(() => signals.length > 0, 'a signal')
    const behind = { kind: 'hint', auction: 'atlas', id: HASH }
    const answers = [{ aggregator: AGGREGATOR, answer: 6_000_000_000_000n, auctioned: true }]
    expect(signals).toMatchObject([{ channel: 'hint', answers, behind }])
    const auction = source.auction(HASH)
    expect(auction).toMatchObject({ maxFeePerGas: '0x4c4b40', deadline: '0x19d8c75' })
    if (auction) await source.bid(auction, { from: source.solver, bidAmount: '0x1' })
    expect(stub.asked.at(-1)).toMatchObject({
      method: 'solver_submitSolverOperation',
      params: [{ auction_id: '1bc9a4ce-4fcf-4eb1-8632-959e2273953e', auction_solution: { bidAmount: '0x1' } }],
    })
    await source.stop()
  })
})

test('a channel without its credential does not start', () => {
  const settings = {
    pendingTransmits: false,
    mevShareStreamUrl: null,
    titanOfaUrl: null,
    titanOfaKey: null,
    atlasUrl: null,
    atlasSolverKey: null,
  }
  const failure = (change: object): unknown => {
    try {
      return sourcesOf({ ...settings, ...change }, context)
    } catch (error) {
      return error
    }
  }
  expect(failure({})).toEqual([])
  for (const [setting, change] of [
    ['TITAN_OFA_KEY', { titanOfaUrl: stub.url }],
    ['ATLAS_SOLVER_KEY', { atlasUrl: stub.url }],
  ] as const) {
    const error = failure(change)
    expect(error).toBeInstanceOf(SettingsError)
    expect(error).toMatchObject({ setting, message: expect.stringMatching(/is not set/) })
  }
})
