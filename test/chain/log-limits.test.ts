import { logRefusal, looksCut, type LogRefusal } from '../../src/chain/log-limits.js'
import { RangeSize } from '../../src/chain/range-size.js'
import { EndpointError, RpcError } from '../../src/chain/rpc-error.js'

const FROM = 0x1000
const refused = (code: number, message: string, blocks = 100_000): LogRefusal | null =>
  logRefusal(new RpcError(code, message, null, 'node', 'eth_getLogs'), FROM, FROM + blocks - 1)

const range = (stated: number | null = null, cap = false): LogRefusal => ({ kind: 'range', stated, cap })

describe('what providers mean when they refuse eth_getLogs', () => {
  // provider or node, code, message, meaning; asked for 100,000 blocks from 0x1000
  test.each<[string, number, string, LogRefusal]>([
    [
      'Alchemy',
      -32602,
      'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x1000, 0x13e7]',
      range(1_000),
    ],
    [
      'Alchemy free',
      -32600,
      'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x1000, 0x1009].',
      range(10),
    ],
    [
      'Infura',
      -32005,
      'query returned more than 10000 results. Try with this block range [0x1000, 0x10FF].',
      range(256),
    ],
    ['Infura, other start', -32005, 'query returned more than 10000 results', range()],
    ['Infura range', -32602, 'range 1000000 exceeds limit of 10000', range(10_000, true)],
    ['Infura filters', -32602, 'This query contains 5006 filters. The current limit is 5000.', { kind: 'addresses' }],
    ['QuickNode', -32614, 'eth_getLogs is limited to a 10,000 range', range(10_000, true)],
    ['QuickNode', -32600, 'eth_getLogs and eth_newFilter are limited to a 10,000 blocks range', range(10_000, true)],
    ['1RPC', -32602, 'eth_getLogs is limited to 0 - 50 blocks range', range(50, true)],
    ['Ankr', -32600, 'block range is too wide', range()],
    ['Chainstack', -32602, 'Block range limit exceeded. See more details at https://docs.chainstack.com/docs', range()],
    ['dRPC', 35, 'ranges over 10000 blocks are not supported on freetier', range(10_000, true)],
    ['dRPC', 30, 'Request timeout on the free tier, please upgrade your tier to the paid one', range()],
    ['PublicNode', -32701, 'exceed maximum block range: 50000', range(50_000, true)],
    ['PublicNode', -32602, 'Please, specify less number of addresses', { kind: 'addresses' }],
    ['PublicNode', -32602, 'Archive requests require a personal token', { kind: 'elsewhere' }],
    ['LlamaNodes', -32602, 'eth_getLogs range is too large, max is 1k blocks', range(1_000, true)],
    ['Tenderly', -32602, 'range 9009594 is bigger than range limit 2000', range(2_000, true)],
    ['Tenderly, nothing but the code', -32602, 'invalid params', range()],
    ['Geth', -32000, 'exceed max addresses or topics per search position', { kind: 'addresses' }],
    ['Geth', -32000, 'exceed maximum block range: 5000', range(5_000, true)],
    ['Geth', -32002, 'request timed out', range()],
    ['Erigon', -32000, 'query block range exceeds server limit, narrow your filter: 1000', range(1_000, true)],
    ['Erigon', -32000, 'query returns too many logs, narrow your filter: 20000', range()],
    ['Nethermind', -32005, 'Too many logs requested. Max logs per response is 20000.', range()],
    ['Reth', -32602, 'query exceeds max block range 50000', range(50_000, true)],
    ['Reth', -32602, 'query exceeds max results 20000, retry with the range 4096-4099', range(4)],
    [
      'Reth that suggests what was asked',
      -32602,
      'query exceeds max results 20000, retry with the range 4096-104095',
      range(),
    ],
    ['Reth behind', -32602, 'block range extends beyond current head block', { kind: 'elsewhere' }],
    ['anvil', -32602, 'BlockOutOfRangeError: block height is 4 but requested was 9', { kind: 'elsewhere' }],
    ['zkSync', -32602, 'Query returned more than 10000 results. Try with this block range [0x1000, 0x1001].', range(2)],
    ['X Layer, Mantle', -32602, 'block range greater than 10000 max', range(10_000, true)],
    ['Avalanche', -32000, 'requested too many blocks from 0 to 16777216, maximum is set to 2048', range(2_048, true)],
    ['Bor', -32000, 'too wide blocks range, the limit is 100', range(100, true)],
  ])('%s: %d %s', (_, code, message, meaning) => {
    expect(refused(code, message)).toEqual(meaning)
  })

  test.each([
    [429, 'Too Many Requests'],
    [-32005, 'daily request count exceeded, request rate limited'],
    [-32016, 'over rate limit'],
    [-32000, 'Your app has exceeded its compute units per second capacity'],
    [-32603, 'internal error'],
  ])('%d %s is no refusal of the range', (code, message) => expect(refused(code, message)).toBeNull())

  test('HTTP 413, an answer above the bound and a deadline ask for less; 429, a lost connection and 503 do not', () => {
    const meaning = (fault: ConstructorParameters<typeof EndpointError>[0]): LogRefusal | null =>
      logRefusal(new EndpointError(fault, 'node', ''), 1, 2)
    expect([meaning('too-large'), meaning('deadline')]).toEqual([range(), range()])
    expect([meaning('rate-limit'), meaning('connection'), meaning('http')]).toEqual([null, null, null])
  })

  test('a page of a round number of logs may be cut', () => {
    expect([0, 999, 1_000, 1_001, 10_000].map(looksCut)).toEqual([false, false, true, false, true])
  })
})

describe('the size of the next range', () => {
  test('grows while answers are short and quick, to what answers of the wanted length need, and shrinks before the limit', () => {
    const size = new RangeSize(1_000, 5_000)
    size.succeeded(1_000, 10, 50)
    expect(size.size).toBe(2_000)
    size.succeeded(2_000, 4_000, 50)
    expect(size.size).toBe(2_000)
    size.succeeded(2_000, 8_000, 50)
    expect(size.size).toBe(1_000)
    size.succeeded(1_000, 1, 10_000)
    expect(size.size).toBe(500)
  })

  test('takes what a provider states, halves without it, and tries a refused size again, ever more rarely', () => {
    const size = new RangeSize(10_000, 5_000)
    expect(size.refused(10_000, null, false)).toBe(5_000)
    expect(size.refused(10_000, null, false)).toBe(5_000) // was on its way with the old size
    const untilRefusedAgain = (limit: number): number => {
      for (let n = 1; ; n++) {
        if (size.size > limit) {
          size.refused(size.size, null, false)
          return n
        }
        size.succeeded(size.size, 1, 1)
      }
    }
    const waits = Array.from({ length: 5 }, () => untilRefusedAgain(6_000))
    expect(waits[4]).toBeGreaterThan(3 * (waits[1] ?? 0))
    expect(size.refused(3_000, 100, true)).toBe(100)
    for (let n = 0; n < 1_000; n++) size.succeeded(size.size, 1, 1)
    expect(size.size).toBe(100)
  })

  test('never falls below one block', () => {
    const size = new RangeSize(2, 5_000)
    for (let n = 0; n < 5; n++) size.refused(size.size, null, false)
    expect(size.size).toBe(1)
  })
})
