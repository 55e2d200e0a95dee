import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Transaction, Wallet, getBytes, id as textHash, verifyMessage } from 'ethers'
import type { Metrics } from '../../../src/domain/ports.js'
import { silentLogger } from '../../../src/domain/ports.js'
import type { Hex } from '../../../src/domain/chain.js'
import { SettingsError } from '../../../src/domain/errors.js'
import { relaysOf } from '../../../src/execution/relays/configured.js'
import { FanOut } from '../../../src/execution/relays/fan-out.js'
import { parseEndpoint } from '../../../src/execution/relays/endpoint.js'
import type { Relay, RelayResult } from '../../../src/execution/relays/relay.js'

type Reply = (request: { body: string; id: unknown; raw: IncomingMessage }, response: ServerResponse) => void

const servers: Server[] = []
const AUTH = `0x${'11'.repeat(32)}`
const OPERATOR = new Wallet(`0x${'22'.repeat(32)}`)
const DEADLINE_MS = 300

async function serve(reply: Reply): Promise<{ url: string; seen: string[]; headers: IncomingMessage['headers'][] }> {
  const seen: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((raw, response) => {
    let body = ''
    raw.on('data', (part: Buffer) => (body += part.toString()))
    raw.on('error', () => undefined)
    raw.on('end', () => {
      seen.push(body)
      headers.push(raw.headers)
      const json = JSON.parse(body) as { id: unknown }
      reply({ body, id: json.id, raw }, response)
    })
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/key-in-path`, seen, headers }
}

afterAll(async () => {
  await Promise.all(
    servers.map((server) => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    }),
  )
})

const json =
  (status: number, body: (id: unknown) => unknown, headers: Record<string, string> = {}): Reply =>
  ({ id }, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body(id)))
  }
const text =
  (status: number, body: string, headers: Record<string, string> = {}): Reply =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers })
    response.end(body)
  }
const result = (value: unknown): Reply => json(200, (id) => ({ jsonrpc: '2.0', id, result: value }))
const error = (status: number, value: unknown): Reply => json(status, (id) => ({ jsonrpc: '2.0', id, error: value }))

const HASH = `0x${'ab'.repeat(32)}`
const HTML = '<html><body>nothing here</body></html>'

const TABLE: readonly [string, Reply, RelayResult | { kind: 'unknown'; why: RegExp }][] = [
  ['an object', result({ bundleHash: HASH }), { kind: 'accepted', hash: HASH }],
  ['an object without a hash', result({ ok: true }), { kind: 'accepted' }],
  ['a string', result(HASH), { kind: 'accepted', hash: HASH }],
  ['null', result(null), { kind: 'accepted' }],
  ['no result at all', json(200, (id) => ({ jsonrpc: '2.0', id })), { kind: 'accepted' }],
  ['the number 200', result(200), { kind: 'accepted' }],
  ['an error in a 200', error(200, { code: -32000, message: 'no' }), { kind: 'rejected', code: -32000, message: 'no' }],
  ['an error as text', error(200, 'bundle is bad'), { kind: 'rejected', message: 'bundle is bad' }],
  ['an error in a 400', error(400, { code: -32602, message: 'x' }), { kind: 'rejected', code: -32602, message: 'x' }],
  ['an error in a 500', error(500, { code: -32603, message: 'y' }), { kind: 'rejected', code: -32603, message: 'y' }],
  ['an echo', error(404, { message: 'no /key-in-path' }), { kind: 'rejected', message: 'no /…' }],
  ['a 403 page', text(403, HTML), { kind: 'rejected', message: 'HTTP 403' }],
  ['a 404 page', text(404, HTML), { kind: 'rejected', message: 'HTTP 404' }],
  ['a 401 with other JSON', json(401, () => ({ detail: 1 })), { kind: 'rejected', message: 'HTTP 401: {"detail":1}' }],
  ['a 502 page', text(502, HTML), { kind: 'unknown', why: /HTTP 502/ }],
  ['a 503 with other JSON', json(503, () => ({ up: false })), { kind: 'unknown', why: /HTTP 503/ }],
  ['429', text(429, ''), { kind: 'rateLimited' }],
  ['429 with seconds', text(429, '', { 'retry-after': '2' }), { kind: 'rateLimited', retryAfterMs: 2000 }],
  ['429 as an error code', error(200, { code: -32005, message: 'slow down' }), { kind: 'rateLimited' }],
  ['another id', json(200, () => ({ jsonrpc: '2.0', id: 777, result: HASH })), { kind: 'unknown', why: /another id/ }],
  ['invalid JSON', text(200, '{"jsonrpc":"2.0",'), { kind: 'unknown', why: /not a JSON object/ }],
  ['an empty answer', text(200, ''), { kind: 'unknown', why: /not a JSON object/ }],
  ['two megabytes', text(200, ' '.repeat(2_000_000)), { kind: 'unknown', why: /longer than 65536/ }],
  [
    'truncated gzip',
    text(200, 'not gzip', { 'content-encoding': 'gzip' }),
    { kind: 'unknown', why: /not a JSON object/ },
  ],
  ['silence', () => undefined, { kind: 'unknown', why: /300 ms/ }],
  ['a reset', ({ raw }) => raw.socket.resetAndDestroy(), { kind: 'unknown', why: /connection failed/ }],
  [
    'a slow drip',
    ({ raw }, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 50)
      raw.socket.on('close', () => clearInterval(timer))
    },
    { kind: 'unknown', why: /300 ms/ },
  ],
]

async function signed(): Promise<Hex> {
  return (await OPERATOR.signTransaction({
    type: 2,
    chainId: 31337,
    nonce: 0,
    gasLimit: 21_000,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 0n,
    to: OPERATOR.address,
  })) as Hex
}

const make = (submission: 'bundle' | 'privateRpc', url: string): Relay => {
  const settings = { submission, urls: [url], setting: 'RELAY_URLS', chainId: 31337, authKey: AUTH }
  const relay = relaysOf({ ...settings, deadlineMs: DEADLINE_MS })[0]
  if (relay === undefined) throw new Error('no relay')
  return relay
}
const bundle = async () => ({
  transactions: [await signed()],
  targetBlock: 12,
  replacementUuid: '0b4b2b52-6f0f-4f2e-8a51-0a3b7a0c4a11',
})

describe.each(['bundle', 'privateRpc'] as const)('a relay of kind %s', (submission) => {
  test.each(TABLE)('answers %s', async (_name, reply, expected) => {
    const { url, seen } = await serve(reply)
    const got = await make(submission, url).submit(await bundle())
    expect(seen).toHaveLength(1)
    expect(got.kind).toBe(expected.kind)
    if (expected.kind === 'unknown') {
      expect(got.kind === 'unknown' ? got.why : '').toMatch(expected.why)
    } else if (submission === 'bundle') {
      expect(got).toEqual(expected)
    }
    expect(JSON.stringify(got)).not.toContain('key-in-path')
  })

  test.each([301, 302, 303, 307, 308])('does not follow a %d', async (status) => {
    const target = await serve(result(HASH))
    const { url, seen } = await serve(text(status, '', { location: target.url }))
    const got = await make(submission, url).submit(await bundle())
    expect(got).toEqual({ kind: 'rejected', message: expect.stringContaining('redirect') as string })
    expect(seen).toHaveLength(1)
    expect(target.seen).toHaveLength(0)
  })

  test('a port where nobody listens is unknown, without the URL', async () => {
    const got = await make(submission, 'http://127.0.0.1:1/key-in-path').submit(await bundle())
    expect(got.kind).toBe('unknown')
    expect(JSON.stringify(got)).not.toContain('key-in-path')
  })
})

test('the body and its signature are those of the Flashbots relays', async () => {
  const { url, seen, headers } = await serve(result({ bundleHash: HASH }))
  const sent = await bundle()
  await make('bundle', url).submit(sent)
  const body = seen[0] ?? ''
  expect(JSON.parse(body)).toEqual({
    method: 'eth_sendBundle',
    params: [{ txs: sent.transactions, blockNumber: '0xc', replacementUuid: sent.replacementUuid }],
    id: 1,
    jsonrpc: '2.0',
  })
  const [address, signature] = String(headers[0]?.['x-flashbots-signature']).split(':')
  expect(address).toBe(new Wallet(AUTH).address)
  expect(verifyMessage(textHash(body), signature ?? '')).toBe(address)
  expect(Transaction.from(sent.transactions[0] ?? '').from).toBe(OPERATOR.address)
  expect(getBytes(signature ?? '')).toHaveLength(65)
})

test('one relay hangs, one is rate limited, one drips nulls, one is well: all are asked at once', async () => {
  const replies: Reply[] = [() => undefined, text(429, '', { 'retry-after': '30' }), result(null), result(HASH)]
  let asked = 0
  let answerAll = (): void => undefined
  const allAsked = new Promise<void>((resolve) => (answerAll = resolve))
  // nobody answers before all were asked: who asks one after the other waits for ever
  const together =
    (reply: Reply): Reply =>
    (...exchange) => {
      if (++asked === replies.length) answerAll()
      void allAsked.then(() => reply(...exchange))
    }
  const served = await Promise.all(replies.map((reply) => serve(together(reply))))
  const counts: string[] = []
  const metrics: Metrics = {
    count: (name, labels) => counts.push(`${name} ${labels?.['outcome'] ?? ''}`),
    gauge: () => undefined,
    observe: () => undefined,
  }
  const fan = new FanOut(
    served.map(({ url }) => make('bundle', url)),
    metrics,
    silentLogger,
  )
  const answers = await fan.submit(await bundle())
  expect(answers.map(({ result }) => result.kind)).toEqual(['unknown', 'rateLimited', 'accepted', 'accepted'])
  expect(counts.sort()).toEqual(['bundles accepted', 'bundles accepted', 'bundles rateLimited', 'bundles unknown'])
  // Retry-After is in seconds and is kept: the second round does not touch the relay
  await fan.submit(await bundle())
  expect(served[1]?.seen).toHaveLength(1)
  expect(served[3]?.seen).toHaveLength(2)
})

test('replacement uuids reach only relays that document them, and cancel likewise', async () => {
  const { url, seen } = await serve(result(null))
  const relay = make('bundle', url)
  await expect(relay.cancel?.('0b4b2b52-6f0f-4f2e-8a51-0a3b7a0c4a11')).resolves.toEqual({ kind: 'accepted' })
  expect(JSON.parse(seen[0] ?? '')).toMatchObject({ method: 'eth_cancelBundle' })
})

test('endpoints: https anywhere, http only on this machine; the message shows no path', () => {
  expect(parseEndpoint('https://relay.flashbots.net', 'RELAY_URLS').host).toBe('relay.flashbots.net')
  expect(parseEndpoint('http://127.0.0.1:9/x', 'RELAY_URLS').host).toBe('127.0.0.1:9')
  for (const bad of [
    'http://relay.example/secret-key',
    'ws://127.0.0.1/secret-key',
    'secret-key',
    'https://secret-key@a',
  ]) {
    expect(() => parseEndpoint(bad, 'RELAY_URLS')).toThrow(SettingsError)
    try {
      parseEndpoint(bad, 'RELAY_URLS')
    } catch (error) {
      expect(String(error)).not.toContain('secret-key')
    }
  }
})
