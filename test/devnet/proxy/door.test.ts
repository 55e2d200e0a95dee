import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { keccak256 } from 'ethers'
import { WebSocket } from 'ws'
import { startProxy } from '../../../src/devnet/proxy/proxy.js'
import { until } from '../../support/until.js'
import { rpcOver } from '../../../src/devnet/rpc.js'
import { MARKET, PRICE_ONE, startLab, type Lab } from '../builder/lab.js'

let lab: Lab
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab.stop())

async function post(body: string): Promise<unknown> {
  const response = await fetch(lab.proxy.rpcUrl, { method: 'POST', body })
  return response.json()
}

describe('the HTTP door', () => {
  it('answers single requests and batches, and counts every part', async () => {
    lab.proxy.resetRequests()
    expect(await post('{"jsonrpc":"2.0","id":"x","method":"eth_chainId"}')).toMatchObject({ id: 'x', result: '0x7a69' })
    const batch = [
      { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] },
      { jsonrpc: '2.0', id: 2, method: 'eth_call', params: [{ to: MARKET }, 'latest'] },
    ]
    expect(await post(JSON.stringify(batch))).toMatchObject([
      { id: 1, result: '0x7a69' },
      { id: 2, error: { code: 3 } },
    ])
    expect(Object.fromEntries(lab.proxy.requests())).toEqual({ eth_chainId: 2, eth_call: 1 })
  })

  it.each([
    '',
    '{',
    '[]',
    '5',
    'null',
    '[5, null, {"id":1}]',
    '{"method":7}',
    '{"method":"eth_call","params":{"a":1}}',
  ])('answers %j with an error and lives', async (body) => {
    expect(JSON.stringify(await post(body))).toMatch(/"code":-32(600|602|700)/)
  })

  it.each([
    'evm_mine',
    'anvil_setBalance',
    'hardhat_reset',
    'debug_setHead',
    'eth_sendUnsignedTransaction',
    'constructor',
  ])('refuses %s', async (method) => {
    await expect(lab.rpc(method, [])).rejects.toMatchObject({ data: { code: -32601 } })
  })

  it('lets them through only when told so', async () => {
    const open = await startProxy({ anvil: lab.anvil, allowAdmin: true })
    const before = await lab.head()
    await rpcOver(open.rpcUrl)('evm_mine', [])
    expect(await lab.head()).toBe(before + 1)
    await open.stop()
    await expect(rpcOver(open.rpcUrl)('eth_chainId', [])).rejects.toThrow('does not answer')
  })
})

interface Notification {
  readonly params: { readonly subscription: string; readonly result: Record<string, unknown> | string }
}

/** A raw client: its answers in order, and what it is told by subscription. */
async function connect(): Promise<{
  socket: WebSocket
  ask(method: string, ...params: unknown[]): Promise<unknown>
  told(subscription: unknown): unknown[]
}> {
  const socket = new WebSocket(lab.proxy.wsUrl)
  const waiting: ((result: unknown) => void)[] = []
  const notes: Notification[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Notification & { method?: string; result?: unknown }
    if (message.method) notes.push(message)
    else waiting.shift()?.(message.result)
  })
  await once(socket, 'open')
  return {
    socket,
    ask: (method, ...params) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      }),
    told: (id) => notes.filter(({ params }) => params.subscription === id).map(({ params }) => params.result),
  }
}

describe('the WebSocket door', () => {
  it('tells of waiting transactions, heads and logs, and of the heads of a reorg', async () => {
    const client = await connect()
    expect(await client.ask('eth_chainId')).toBe('0x7a69')
    const heads = await client.ask('eth_subscribe', 'newHeads')
    const hashes = await client.ask('eth_subscribe', 'newPendingTransactions')
    const bodies = await client.ask('eth_subscribe', 'newPendingTransactions', true)
    const logs = await client.ask('eth_subscribe', 'logs', {})
    // LOG0 of nothing
    await lab.anvil.rpc('anvil_setCode', ['0x00000000000000000000000000000000000000b1', '0x5f5fa000'])
    const secret = await lab.sign(1, { value: 1n })
    await lab.send('flashbots', [secret])
    const raw = await lab.sign(0, { to: '0x00000000000000000000000000000000000000b1' })
    await lab.rpc('eth_sendRawTransaction', [raw])
    const first = await lab.builder.produceBlock()
    const { blocks } = await lab.builder.reorg(1)
    await until(() => client.told(heads).length >= 2, 'two heads')
    expect(client.told(heads)).toMatchObject([first, ...blocks].map(({ hash }) => ({ hash })))
    expect(client.told(hashes)).toEqual([keccak256(raw)])
    expect(client.told(bodies)).toMatchObject([{ hash: keccak256(raw), blockHash: null }])
    expect(client.told(logs)).toMatchObject([{ transactionHash: keccak256(raw) }])
    expect(await client.ask('eth_unsubscribe', hashes)).toBe(true)
    expect(await client.ask('eth_unsubscribe', heads)).toBe(true)
    await lab.rpc('eth_sendRawTransaction', [await lab.sign(2)])
    await lab.builder.produceBlock()
    await until(() => client.told(bodies).length >= 2, 'two transactions')
    expect(client.told(hashes)).toHaveLength(1)
    expect(client.told(heads)).toHaveLength(2)
    client.socket.send('not json')
    client.socket.close()
    await once(client.socket, 'close')
  })

  it('can be dropped and refused', async () => {
    const client = await connect()
    await client.ask('eth_subscribe', 'newHeads')
    lab.proxy.dropWebSockets()
    await once(client.socket, 'close')
    await lab.proxy.fault('refuse-websocket', { times: 1 })
    const refused = new WebSocket(lab.proxy.wsUrl)
    const [error] = (await once(refused, 'error')) as [Error]
    expect(error.message).toContain('503')
    const again = await connect()
    expect(await again.ask('eth_chainId')).toBe('0x7a69')
    again.socket.terminate()
  })
})

describe('a scripted node fault', () => {
  afterEach(() => {
    lab.proxy.clearFaults()
  })

  it('spoils as many requests as asked, of the methods asked', async () => {
    await lab.proxy.fault('error', { methods: ['eth_call'], times: 1 })
    expect(await lab.rpc('eth_chainId', [])).toBe('0x7a69')
    const call = (): Promise<unknown> => lab.rpc('eth_call', [{ to: MARKET, data: PRICE_ONE }, 'latest'])
    await expect(call()).rejects.toThrow('out of order')
    expect(await call()).toBe('0x')
    await lab.proxy.fault('null', { times: 2 })
    expect([await lab.rpc('eth_blockNumber', []), await lab.rpc('eth_chainId', [])]).toEqual([null, null])
    const end = await lab.proxy.fault('disconnect')
    await expect(lab.rpc('eth_chainId', [])).rejects.toThrow('does not answer')
    end()
    await lab.proxy.fault('hang', { times: 1 })
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
    const hanging = fetch(lab.proxy.rpcUrl, { method: 'POST', body, signal: AbortSignal.timeout(200) })
    await expect(hanging).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await lab.rpc('eth_chainId', [])).toBe('0x7a69')
  })

  it('shows a head that stands still', async () => {
    const client = await connect()
    const heads = await client.ask('eth_subscribe', 'newHeads')
    const head = await lab.head()
    await lab.proxy.fault('stale-head')
    await lab.builder.produceBlock()
    expect(await lab.head()).toBe(head)
    expect(await lab.rpc('eth_getBlockByNumber', ['latest', false])).toMatchObject({ number: `0x${head.toString(16)}` })
    await sleep(50)
    expect(client.told(heads)).toEqual([])
    lab.proxy.clearFaults()
    expect(await lab.head()).toBe(head + 1)
    await lab.builder.produceBlock()
    await until(() => client.told(heads).length >= 1, 'a head')
    expect(client.told(heads)).toHaveLength(1)
    client.socket.terminate()
  })
})
