import { Blocks } from '../../src/chain/blocks.js'
import { BlockLogs } from '../../src/chain/block-logs.js'
import { Bloom } from '../../src/chain/bloom.js'
import { ChainReader } from '../../src/chain/reader.js'
import { RpcClient } from '../../src/chain/rpc-client.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { toAddress, type Address, type Head, type Hex, type LogFilter } from '../../src/domain/chain.js'
import { Recorder } from '../support/recorder.js'
import { FlakyNode } from './support/flaky-node.js'

/** log1(0, 0, calldataload(0)) */
const EMITTER = '0x60003560006000a100'
const first = toAddress(`0x${'a1'.repeat(20)}`)
const second = toAddress(`0x${'b2'.repeat(20)}`)
const topic = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

describe('logs of one block', () => {
  let anvil: Anvil
  let node: FlakyNode
  let spare: FlakyNode
  let seen: Recorder
  const clients: RpcClient[] = []

  beforeAll(async () => {
    anvil = await startAnvil({ autoMine: false })
    const upstream = { http: anvil.rpcUrl, ws: anvil.wsUrl }
    node = await FlakyNode.before(upstream)
    spare = await FlakyNode.before(upstream)
    for (const address of [first, second]) await anvil.rpc('anvil_setCode', [address, EMITTER])
  })
  afterAll(async () => {
    for (const client of clients) client.close()
    await node.stop()
    await spare.stop()
    await anvil.stop()
  })
  beforeEach(() => {
    seen = new Recorder()
    node.answer = () => undefined
    spare.answer = () => undefined
    node.asked.clear()
  })

  /** A block in which these contracts emit these topics. */
  async function blockOf(events: readonly (readonly [Address, number])[]): Promise<Head> {
    const [from] = (await anvil.rpc('eth_accounts', [])) as string[]
    for (const [to, n] of events) await anvil.rpc('eth_sendTransaction', [{ from, to, data: topic(n), gas: '0x186a0' }])
    await anvil.rpc('evm_mine', [])
    return new Blocks(client([anvil.rpcUrl])).latest()
  }
  function client(urls: readonly string[]): RpcClient {
    const made = new RpcClient({ urls, chainId: 31_337, logger: seen, metrics: seen, deadlineMs: 500 })
    clients.push(made)
    return made
  }
  const read = (urls: readonly string[], filters: readonly LogFilter[], head: Head) =>
    new BlockLogs(client(urls), seen, seen).read(filters, head)
  const wants: LogFilter[] = [{ addresses: [first, second], topic0: [topic(1)] }]
  const emptyFor = (times: number, methods: readonly string[]) => {
    const left = new Map(methods.map((method) => [method, times]))
    return ({ method }: { method: string }): unknown => {
      const more = left.get(method) ?? 0
      left.set(method, more - 1)
      return more > 0 ? [] : undefined
    }
  }

  it('takes what comes with one request when the header agrees', async () => {
    const head = await blockOf([
      [first, 1],
      [second, 1],
    ])
    expect(await read([node.url], wants, head)).toHaveLength(2)
    const quiet = await blockOf([[first, 2]])
    expect(await read([node.url], wants, quiet)).toEqual([])
    expect(node.asked.get('eth_getLogs')).toBe(2)
    expect(seen.counted('logs_asked_again')).toBe(0)
  })

  it('does not believe an empty answer of a node that has the header and not yet the logs', async () => {
    const head = await blockOf([[first, 1]])
    node.answer = emptyFor(2, ['eth_getLogs', 'eth_getBlockReceipts'])
    expect(await read([node.url], wants, head)).toHaveLength(1)
    expect(seen.counted('logs_asked_again filled')).toBe(1)
  })

  it('asks another endpoint first, and notices that all logs of one contract are left out', async () => {
    const head = await blockOf([
      [first, 1],
      [second, 1],
    ])
    const { answer } = spare
    node.answer = ({ method }) => (method === 'eth_getLogs' ? [] : undefined)
    expect(await read([node.url, spare.url], wants, head)).toHaveLength(2)
    const one = (await anvil.rpc('eth_getLogs', [{ blockHash: head.hash, address: first }])) as unknown
    node.answer = ({ method }) => (method === 'eth_getLogs' ? one : undefined)
    spare.answer = answer
    expect(await read([node.url, spare.url], wants, head)).toHaveLength(2)
  })

  it('accepts a false positive of the header once the receipts prove it', async () => {
    const head = await blockOf([
      [first, 2],
      [toAddress(`0x${'c3'.repeat(20)}`), 1],
      [second, 3],
    ])
    // the first contract and the first topic are both in the block, in two different logs
    const doubtful: LogFilter[] = [{ addresses: [first], topic0: [topic(3)] }]
    expect(await read([node.url], doubtful, head)).toEqual([])
    expect(seen.counted('logs_asked_again false-positive')).toBe(1)
  })

  it('goes on where a node has no receipts to give, and says that it was not proved', async () => {
    const head = await blockOf([
      [first, 2],
      [second, 3],
    ])
    node.answer = ({ method }) =>
      method === 'eth_getBlockReceipts' ? { error: { code: -32601, message: 'method not found' } } : undefined
    expect(await read([node.url], [{ addresses: [first], topic0: [topic(3)] }], head)).toEqual([])
    expect(seen.counted('logs_asked_again unconfirmed')).toBe(1)
  })

  it('takes no block whose logs are never served, rather than one without them', async () => {
    const head = await blockOf([[first, 1]])
    node.answer = ({ method }) => (/eth_get(Logs|BlockReceipts)/.test(method) ? [] : undefined)
    await expect(read([node.url], wants, head)).rejects.toMatchObject({ code: 'rpc-gap' })
  })

  it('refuses logs that the header excludes, of another block, or that were not asked for', async () => {
    const head = await blockOf([[first, 1]])
    const [real] = (await anvil.rpc('eth_getLogs', [{ blockHash: head.hash, address: first }])) as object[]
    const forgeries = [
      { ...real, address: second },
      { ...real, blockHash: topic(7) },
      { ...real, topics: [topic(9)] },
      { ...real, blockTimestamp: '0x1' },
    ]
    for (const forgery of forgeries) {
      node.answer = ({ method }) => (method === 'eth_getLogs' ? [real, { ...forgery, logIndex: '0x5' }] : undefined)
      const logs = await read([node.url, spare.url], wants, head)
      expect(logs.map(({ address }) => address)).toEqual([first])
    }
    expect(seen.counted('rpc_faults')).toBe(forgeries.length)
  })

  it('a bloom of real logs names them, is covered by them and by nothing less', async () => {
    const head = await blockOf([
      [first, 1],
      [second, 2],
    ])
    const bloom = new Bloom(head.logsBloom ?? '0x')
    const all = [{ addresses: [first, second], topic0: [] }]
    const logs = await read([node.url], all, head)
    expect([bloom.has(first), bloom.has(topic(2)), bloom.has(topic(9))]).toEqual([true, true, false])
    expect([bloom.isCoveredBy(logs), bloom.isCoveredBy(logs.slice(1))]).toEqual([true, false])
    expect(bloom.addressesOf([{ addresses: [first], topic0: [topic(9)] }])).toEqual([])
    expect(bloom.chanceOf(all)).toBeLessThan(0.001)
  })

  it('reads at a block by its hash: after a reorg that is an error, by number it was the other fork', async () => {
    const rpc = client([node.url])
    const reader = new ChainReader(rpc, { multicall: first })
    const head = await blockOf([[first, 1]])
    await anvil.rpc('anvil_setCode', [second, '0x00'])
    const pinned = reader.pinnedTo(head)
    expect(await pinned.code(first, head.number)).toBe(EMITTER)
    await anvil.rpc('anvil_reorg', [1, []])
    await expect(pinned.code(first, head.number)).rejects.toMatchObject({ code: 'rpc' })
    expect(await reader.code(first, head.number)).toBe(EMITTER)
    // a node without EIP-1898 is asked by number, and the header of that height decides
    node.answer = ({ method, params }) =>
      method === 'eth_getCode' && typeof params?.[1] === 'object'
        ? { error: { code: -32602, message: 'invalid argument 1: cannot unmarshal object' } }
        : undefined
    await expect(reader.pinnedTo(head).code(first, head.number)).rejects.toMatchObject({ code: 'reorg' })
    const latest = await new Blocks(rpc).latest()
    expect(await reader.pinnedTo(latest).code(first, latest.number)).toBe(EMITTER)
  })
})
