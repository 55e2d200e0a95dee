import { LogRanges, type LogRangeOptions } from '../../src/chain/log-ranges.js'
import { RpcClient } from '../../src/chain/rpc-client.js'
import type { LogFilter, RawLog } from '../../src/domain/chain.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { Recorder } from '../support/recorder.js'
import { FlakyNode } from './support/flaky-node.js'

const word = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`
const addresses = [1, 2, 3, 4, 5].map((n): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`)
const filter: LogFilter = { addresses, topic0: [] }

interface Query {
  readonly fromBlock: string
  readonly toBlock: string
  readonly address: readonly string[]
}

/** What a provider does with a question: an error, or the answer cut to so many logs. */
type Rule = (from: number, to: number, logs: number, query: Query) => { readonly error: object } | number | undefined

/** A chain in which block n has `n % 7` logs, three logs in every tenth block of the first address alone. */
function logsOf(from: number, to: number, wanted: readonly string[], each: (block: number) => number): object[] {
  const logs: object[] = []
  for (let block = from; block <= to; block++)
    for (let logIndex = 0; logIndex < each(block); logIndex++) {
      const address = addresses[(block + logIndex) % addresses.length] ?? ''
      if (!wanted.includes(address)) continue
      const place = { blockNumber: `0x${block.toString(16)}`, logIndex: `0x${logIndex.toString(16)}` }
      const of = { blockHash: word(block), transactionHash: word(logIndex), blockTimestamp: '0x1', removed: false }
      logs.push({ address, topics: [word(7)], data: '0x', ...place, ...of })
    }
  return logs
}

describe('reading logs in ranges', () => {
  let anvil: Anvil
  let nodes: [FlakyNode, FlakyNode]
  let client: RpcClient | undefined
  let asked: number[]
  let seen: Recorder

  beforeAll(async () => {
    anvil = await startAnvil()
    const upstream = { http: anvil.rpcUrl, ws: anvil.wsUrl }
    nodes = [await FlakyNode.before(upstream), await FlakyNode.before(upstream)]
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await anvil.stop()
  })
  afterEach(() => client?.close())

  const serve = (node: FlakyNode, rule: Rule, each = (block: number): number => block % 7): void => {
    node.fault = 'none'
    node.onSpoilt = () => undefined
    node.answer = ({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined
      const query = params?.[0] as Query
      const [from, to] = [Number(query.fromBlock), Number(query.toBlock)]
      asked.push(to - from + 1)
      const logs = logsOf(from, to, query.address, each)
      const what = rule(from, to, logs.length, query)
      return typeof what === 'object' ? what : logs.slice(0, what)
    }
  }
  const ranges = (rule: Rule, options: Partial<LogRangeOptions> = {}, both = false): LogRanges => {
    asked = []
    seen = new Recorder()
    serve(nodes[0], rule)
    serve(nodes[1], () => undefined)
    const urls = both ? [nodes[0].url, nodes[1].url] : [nodes[0].url]
    client = new RpcClient({ urls, chainId: 31_337, logger: seen, metrics: seen })
    const usual = { firstRange: 1_000, parallel: 3, deadlineMs: 2_000, patienceMs: 5_000, logger: seen }
    return new LogRanges(client, { ...usual, ...options })
  }
  const places = (logs: readonly RawLog[]): string[] =>
    logs.map(({ blockNumber, logIndex }) => `${blockNumber}:${logIndex}`)
  const whole = (from: number, to: number, each = (block: number): number => block % 7): string[] =>
    places(
      logsOf(from, to, addresses, each).map((log) => {
        const { blockNumber, logIndex } = log as Record<string, string>
        return { blockNumber: Number(blockNumber), logIndex: Number(logIndex) } as RawLog
      }),
    )
  const error = (code: number, message: string): { error: object } => ({ error: { code, message } })

  it.each<[string, Rule]>([
    [
      'a cap on blocks that is stated',
      (from, to) => (to - from < 50 ? undefined : error(-32614, 'limited to a 50 range')),
    ],
    [
      'a cap on blocks that is not stated',
      (from, to) => (to - from < 37 ? undefined : error(-32600, 'block range is too wide')),
    ],
    [
      'a cap on results',
      (_, __, logs) => (logs <= 90 ? undefined : error(-32005, 'query returned more than 90 results')),
    ],
    ['answers cut short without a word', (_, __, logs) => (logs > 1_000 ? 1_000 : undefined)],
    [
      'a cap on addresses',
      (_, __, ___, { address }) =>
        address.length <= 2 ? undefined : error(-32602, 'Please, specify less number of addresses'),
    ],
  ])('%s: everything once and in order', async (_, rule) => {
    expect(places(await ranges(rule).read(filter, 3, 450))).toEqual(whole(3, 450))
  })

  it('parts follow one another, are read ahead boundedly, and the size that worked is kept', async () => {
    const rule: Rule = (from, to) => (to - from < 64 ? undefined : error(-32600, 'block range is too wide'))
    const reader = ranges(rule)
    let next = 10
    let most = 0
    for await (const part of reader.parts(filter, 10, 1_500)) {
      expect(part.from).toBe(next)
      next = part.to + 1
      most = Math.max(most, asked.length)
      if (part.from === 10) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(next).toBe(1_501)
    asked = []
    await reader.read(filter, 4_000, 5_000)
    expect(Math.max(...asked)).toBeLessThanOrEqual(126)
    expect(asked.length).toBeLessThan(40)
  })

  it('does not read far ahead of who takes the parts', async () => {
    const parts = ranges(() => undefined, { firstRange: 10 }).parts(filter, 0, 100_000)
    await parts.next()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked.length).toBeLessThanOrEqual(8)
    await parts.return(undefined)
  })

  it('429 is waited for as long as it says and changes no size', async () => {
    const reader = ranges(() => undefined, { firstRange: 100 })
    let refused = 0
    nodes[0].fault = '429' // Retry-After: 1
    nodes[0].onSpoilt = () => {
      if (refused++ === 0) setTimeout(() => (nodes[0].fault = 'none'), 900)
    }
    expect(places(await reader.read(filter, 1, 100))).toEqual(whole(1, 100))
    // who asks again before the second is over is refused once more
    expect(refused).toBe(1)
    expect(asked).toEqual([100])
  })

  it('a deadline halves', async () => {
    const reader = ranges(() => undefined, { firstRange: 100, deadlineMs: 1_000 })
    nodes[0].fault = 'hang'
    nodes[0].onSpoilt = () => (nodes[0].fault = 'none')
    expect(places(await reader.read(filter, 1, 100))).toEqual(whole(1, 100))
    expect(asked).toEqual([50, 50])
  })

  it('a block that one endpoint refuses even alone is read from another, and the log names the first', async () => {
    const rule: Rule = (from, to) =>
      from <= 500 && 500 <= to ? error(-32005, 'query returned more than 5 results') : undefined
    const reader = ranges(rule, {}, true)
    expect(places(await reader.read(filter, 1, 1_000))).toEqual(whole(1, 1_000))
    const told = seen.lines.filter(({ event }) => event === 'log-range')
    expect(told).toHaveLength(1)
    expect(told[0]?.fields).toMatchObject({ from: 500, to: 500, answeredBy: client?.endpoints[1]?.label })
    expect(String(told[0]?.fields?.['refusedBy'])).toContain(client?.endpoints[0]?.label)
  })

  it('when every endpoint refuses a block the error names it and them', async () => {
    const rule: Rule = (from, to) =>
      from <= 500 && 500 <= to ? error(-32005, 'query returned more than 5 results') : undefined
    await expect(ranges(rule).read(filter, 1, 1_000)).rejects.toThrow(
      /^no endpoint of RPC_URLS gives the logs of block 500: http:\/\/127\.0\.0\.1:\d+\/… refused eth_getLogs: query returned more than 5 results/,
    )
  })

  it('without patience a node that does not answer is told at once', async () => {
    const reader = ranges(() => undefined, { patienceMs: 0 })
    nodes[0].fault = 'reset'
    await expect(reader.read(filter, 1, 10)).rejects.toMatchObject({ code: 'rpc-down' })
  })

  it('a block that really has a thousand logs is read whole', async () => {
    const each = (block: number): number => (block === 40 ? 1_000 : 0)
    const reader = ranges(() => undefined)
    serve(nodes[0], () => undefined, each)
    expect(places(await reader.read(filter, 1, 80))).toEqual(whole(1, 80, each))
    expect(asked).toContain(1)
  })
})
