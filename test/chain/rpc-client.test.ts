import { RpcClient } from '../../src/chain/rpc-client.js'
import { RpcError } from '../../src/chain/rpc-error.js'
import { parseEndpointUrl } from '../../src/chain/endpoint-url.js'
import { count } from '../../src/chain/wire.js'
import { SettingsError } from '../../src/domain/errors.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { Recorder } from '../support/recorder.js'
import { FlakyNode, type Fault } from './support/flaky-node.js'

const blockNumber = (answer: unknown): number => count(answer, 'block number')

describe('RpcClient', () => {
  let anvil: Anvil
  let first: FlakyNode
  let second: FlakyNode
  let client: RpcClient | undefined
  let seen: Recorder

  beforeAll(async () => {
    anvil = await startAnvil()
    const upstream = { http: anvil.rpcUrl, ws: anvil.wsUrl }
    first = await FlakyNode.before(upstream)
    second = await FlakyNode.before(upstream)
  })
  afterAll(async () => {
    await first.stop()
    await second.stop()
    await anvil.stop()
  })
  beforeEach(() => {
    seen = new Recorder()
    for (const node of [first, second]) {
      node.fault = 'none'
      node.answer = () => undefined
    }
  })
  afterEach(() => client?.close())

  /** Only an endpoint that never answers lets the deadline pass: elsewhere a busy machine has all the time it needs. */
  const connect = (urls: string[], now?: () => number, deadlineMs = 10_000): RpcClient => {
    const clock = now ? { now } : {}
    client = new RpcClient({ urls, chainId: 31_337, logger: seen, metrics: seen, deadlineMs, ...clock })
    return client
  }

  const faults: Fault[] = ['429', '500', 'html', 'hang', 'reset', 'garbage', 'wrong-id', 'redirect']
  it.each(faults)(
    'turns to the second endpoint when the first one fails by %s, and back when it is well',
    async (fault) => {
      let nowMs = 0
      const rpc = connect([first.url, second.url], () => nowMs, fault === 'hang' ? 2_000 : undefined)
      await rpc.start()
      await rpc.request('eth_blockNumber', [], blockNumber)
      expect(rpc.current).toBe(rpc.endpoints[0]?.label)
      first.fault = fault
      await expect(rpc.request('eth_blockNumber', [], blockNumber)).resolves.toBe(0)
      expect(rpc.current).toBe(rpc.endpoints[1]?.label)
      first.fault = 'none'
      const asked = (): number => first.asked.get('eth_blockNumber') ?? 0
      const before = asked()
      await rpc.request('eth_blockNumber', [], blockNumber)
      expect(asked()).toBe(before) // it rests
      nowMs += 60_000
      await rpc.request('eth_blockNumber', [], blockNumber)
      expect(asked()).toBe(before + 1)
    },
  )

  it('leaves out an endpoint on another chain and says so in one line', async () => {
    first.answer = ({ method }) => (method === 'eth_chainId' ? '0x1' : undefined)
    const rpc = connect([first.url, second.url])
    await rpc.start()
    const before = first.requests
    await rpc.request('eth_blockNumber', [], blockNumber)
    expect(first.requests).toBe(before)
    expect(rpc.current).toBe(rpc.endpoints[1]?.label)
    expect(seen.text()).toContain('is on chain 1, the market file is for chain 31337')
  })

  it('does not start without a usable endpoint, names the setting and each problem, and no key', async () => {
    first.answer = ({ method }) => (method === 'eth_chainId' ? '0xa' : undefined)
    second.fault = 'reset'
    const failure: unknown = await connect([first.url, second.wsUrl, 'http://127.0.0.1:1/v3/SECRET-KEY'])
      .start()
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SettingsError)
    const { message, setting } = failure as SettingsError
    expect(setting).toBe('RPC_URLS')
    expect(message).toMatch(/chain 10.*;.*;/)
    expect(message.split('\n')).toHaveLength(1)
    expect(message + seen.text()).not.toContain('SECRET-KEY')
  })

  it('tells a refusal of the node from a fault: revert bytes are kept, no other endpoint is asked', async () => {
    const rpc = connect([first.url, second.url])
    first.answer = ({ method }) =>
      method === 'eth_call' ? { error: { code: 3, message: 'execution reverted', data: '0xdeadbeef' } } : undefined
    const before = second.requests
    const failure: unknown = await rpc.request('eth_call', [{}, 'latest'], String).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RpcError)
    expect(failure).toMatchObject({ rpcCode: 3, revert: '0xdeadbeef' })
    expect(second.requests).toBe(before)
  })

  it('asks the next endpoint when one does not know a block', async () => {
    const rpc = connect([first.url, second.url])
    first.answer = ({ method }) =>
      method === 'eth_getBlockByNumber' ? { error: { code: -32000, message: 'header not found' } } : undefined
    await expect(rpc.request('eth_getBlockByNumber', ['0x0', false], (block) => block !== null)).resolves.toBe(true)
  })

  it('speaks WebSocket, connects again after a drop, and counts requests by method', async () => {
    const rpc = connect([second.wsUrl])
    await rpc.start()
    await expect(rpc.request('eth_blockNumber', [], blockNumber)).resolves.toBe(0)
    second.dropWebSockets()
    await new Promise((resolve) => setTimeout(resolve, 50))
    // on a busy machine the time may be over before the sockets were looked at
    await new Promise((resolve) => setImmediate(resolve))
    await expect(rpc.request('eth_blockNumber', [], blockNumber)).resolves.toBe(0)
    expect(seen.counted('rpc_requests eth_blockNumber')).toBe(2)
  })

  it('keeps user and password out of labels and messages', () => {
    const at = parseEndpointUrl('https://user:hunter22@node.example/v2/abcdef?token=ghijkl')
    expect(at.url).toBe('https://node.example/v2/abcdef?token=ghijkl')
    expect(at.label).toBe('https://node.example/…')
    expect(at.headers['authorization']).toBe(`Basic ${Buffer.from('user:hunter22').toString('base64')}`)
    expect(at.scrub('bad https://user:hunter22@node.example/v2/abcdef?token=ghijkl abcdef')).not.toMatch(
      /hunter22|abcdef|ghijkl/,
    )
    const short = parseEndpointUrl('https://u:p%w@node.example/v2/mainnet/lido/k9?net=wow&x=a%2Fb')
    expect(short.headers['authorization']).toBe(`Basic ${Buffer.from('u:p%w').toString('base64')}`)
    expect(short.scrub('no project lido, k9, WOW, a/b or p%w in v2 of the mainnet, snowow')).toBe(
      'no project …, …, …, … or … in v2 of the mainnet, snowow',
    )
  })
})
