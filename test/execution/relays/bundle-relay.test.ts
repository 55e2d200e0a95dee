import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Wallet, keccak256, toUtf8Bytes } from 'ethers'
import fc from 'fast-check'
import type { Hex } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { BodySigner } from '../../../src/execution/relays/body-signer.js'
import { BundleRelay } from '../../../src/execution/relays/bundle-relay.js'
import { relaysOf } from '../../../src/execution/relays/configured.js'
import { parseEndpoint } from '../../../src/execution/relays/endpoint.js'
import { FanOut } from '../../../src/execution/relays/fan-out.js'
import { FlashbotsRelay } from '../../../src/execution/relays/flashbots-relay.js'
import { PROFILE_NAMES } from '../../../src/execution/relays/profile.js'
import type { Bundle } from '../../../src/execution/relays/relay.js'
import { Resting } from '../../../src/execution/relays/resting.js'

const AUTH = `0x${'11'.repeat(32)}`
const UUID = '0b4b2b52-6f0f-4f2e-8a51-0a3b7a0c4a11'
const servers: Server[] = []

interface Recorder {
  readonly url: string
  readonly bodies: string[]
  readonly headers: IncomingHttpHeaders[]
  /** Connections that were ever opened. */
  connections(): number
  server: Server
}

async function recorder(): Promise<Recorder> {
  const bodies: string[] = []
  const headers: IncomingHttpHeaders[] = []
  let connections = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      if (request.method === 'GET') return void response.end()
      bodies.push(body)
      headers.push(request.headers)
      const { id } = JSON.parse(body) as { id: number }
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { bundleHash: `0x${'ab'.repeat(32)}` } }))
    })
  })
  server.on('connection', () => (connections += 1))
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key-in-path`
  return { url, bodies, headers, server, connections: () => connections }
}

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

const bundleOf = (changes: Partial<Bundle> = {}): Bundle => ({
  ...{ transactions: ['0x02aa'], targetBlock: 12, replacementUuid: UUID },
  ...changes,
})
const own = (url: string): BundleRelay => {
  const endpoint = parseEndpoint(url, 'RELAY_URLS')
  return new BundleRelay({ endpoint, profile: endpoint.profile, signer: new BodySigner(AUTH), deadlineMs: 2_000 })
}
const paramsIn = (body: string | undefined): Record<string, unknown> => {
  const { params } = JSON.parse(body ?? '{}') as { params: [Record<string, unknown>] }
  return params[0]
}

test('for the same input the own client and the Flashbots library send the same bytes and the same signature', async () => {
  const [theirs, ours] = [await recorder(), await recorder()]
  const endpoint = parseEndpoint(theirs.url, 'RELAY_URLS')
  const library = new FlashbotsRelay({ endpoint, chainId: 1, authKey: AUTH, deadlineMs: 2_000 })
  const client = own(ours.url)
  const hex = fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes) => {
    // the library decodes what it sends: a real type-2 transaction whose data is random
    return `0x${Buffer.from(bytes).toString('hex')}` as Hex
  })
  const wallet = new Wallet(`0x${'22'.repeat(32)}`)
  const seed = 20_261_128
  let cases = 0
  await fc.assert(
    fc.asyncProperty(fc.array(hex, { minLength: 1, maxLength: 3 }), fc.nat(30_000_000), async (datas, targetBlock) => {
      const fees = { type: 2, chainId: 1, gasLimit: 21_000, maxFeePerGas: 9n, maxPriorityFeePerGas: 0n }
      const transactions = await Promise.all(
        datas.map(
          async (data, nonce) => (await wallet.signTransaction({ ...fees, nonce, data, to: wallet.address })) as Hex,
        ),
      )
      const bundle = bundleOf({ transactions, targetBlock })
      await library.submit(bundle)
      await client.submit(bundle)
      cases += 1
    }),
    { seed, numRuns: 25 },
  )
  await library.cancel(UUID)
  await client.cancel(UUID)
  expect(ours.bodies).toHaveLength(cases + 1)
  expect(ours.bodies).toEqual(theirs.bodies)
  const signatures = (one: Recorder): unknown[] => one.headers.map((header) => header['x-flashbots-signature'])
  expect(signatures(ours)).toEqual(signatures(theirs))
  // and it is over these very bytes
  expect(ours.headers[0]?.['content-length']).toBe(String(toUtf8Bytes(ours.bodies[0] ?? '').length))
})

test('every builder gets the fields that it documents and no other; two builders differ in every run', async () => {
  const served = await Promise.all(PROFILE_NAMES.map(() => recorder()))
  const urls = served.map(({ url }, i) => `${url}#${PROFILE_NAMES[i]}`)
  const settings = { submission: 'bundle' as const, urls, setting: 'RELAY_URLS', chainId: 1, authKey: AUTH }
  const fan = new FanOut(relaysOf(settings), noMetrics, silentLogger)
  await fan.submit(bundleOf({ maxTimestamp: 1_700_000_000 }))
  const fields = Object.fromEntries(
    served.map(({ bodies }, i) => [PROFILE_NAMES[i], Object.keys(paramsIn(bodies[0])).join(' ')]),
  )
  expect(fields).toEqual({
    flashbots: 'txs blockNumber maxTimestamp replacementUuid',
    buildernet: 'txs blockNumber maxTimestamp replacementUuid',
    titan: 'txs blockNumber replacementUuid',
    quasar: 'txs blockNumber replacementUuid replacementSeqNumber',
    local: 'txs blockNumber replacementUuid',
    plain: 'txs blockNumber',
  })
  // equal bodies are equal to the byte, and signed alike
  const of = (name: string): Recorder | undefined => served[PROFILE_NAMES.indexOf(name)]
  expect(of('flashbots')?.bodies).toEqual(of('buildernet')?.bodies)
  expect(of('titan')?.headers[0]?.['x-flashbots-signature']).toBe(of('local')?.headers[0]?.['x-flashbots-signature'])
  expect(new Set(served.map(({ bodies }) => keccak256(toUtf8Bytes(bodies[0] ?? '')))).size).toBe(4)
  // `plain` documents no cancellation and is not asked for one
  await fan.cancel(UUID)
  expect(served.map(({ bodies }) => bodies.length)).toEqual(PROFILE_NAMES.map((name) => (name === 'plain' ? 1 : 2)))
})

test('a hint goes as mev_sendBundle to relays of its auction, and to nobody else', async () => {
  const [flashbots, titan, local] = [await recorder(), await recorder(), await recorder()]
  const urls = [`${flashbots.url}#flashbots`, `${titan.url}#titan`, local.url]
  const settings = { submission: 'bundle' as const, urls, setting: 'RELAY_URLS', chainId: 1, authKey: AUTH }
  const fan = new FanOut(relaysOf(settings), noMetrics, silentLogger)
  expect([fan.takesHints('mev-share'), fan.takesHints('atlas')]).toEqual([true, false])
  const id: Hex = `0x${'90'.repeat(32)}`
  const answers = await fan.submit(bundleOf({ hint: { auction: 'mev-share', id, lastBlock: 14 } }))
  expect(answers.map(({ result }) => result.kind)).toEqual(['accepted'])
  expect([titan.bodies, local.bodies]).toEqual([[], []])
  expect(JSON.parse(flashbots.bodies[0] ?? '')).toEqual({
    method: 'mev_sendBundle',
    params: [
      {
        version: 'v0.1',
        inclusion: { block: '0xc', maxBlock: '0xe' },
        body: [{ hash: id }, { tx: '0x02aa', canRevert: false }],
      },
    ],
    id: 1,
    jsonrpc: '2.0',
  })
})

test('the connection stays open between bundles; one that the server closed meanwhile is opened again unnoticed', async () => {
  const relay = await recorder()
  const client = own(relay.url)
  for (let i = 0; i < 5; i++) expect((await client.submit(bundleOf({ targetBlock: i + 1 }))).kind).toBe('accepted')
  expect(relay.connections()).toBe(1)
  relay.server.closeIdleConnections()
  expect((await client.submit(bundleOf())).kind).toBe('accepted')
  expect([relay.connections(), relay.bodies.length]).toEqual([2, 6])
})

test('greeting a relay opens the connection that the next bundle uses, and shows nothing of the path', async () => {
  const relay = await recorder()
  const paths: (string | undefined)[] = []
  relay.server.on('request', ({ url }: { url?: string }) => paths.push(url))
  const client = own(relay.url)
  client.warm()
  for (let i = 0; i < 500 && paths.length === 0; i++) await new Promise((done) => setTimeout(done, 2))
  // the answer frees the connection
  await new Promise((done) => setTimeout(done, 100))
  expect((await client.submit(bundleOf())).kind).toBe('accepted')
  expect([relay.connections(), paths]).toEqual([1, ['/', '/key-in-path']])
})

test('five unanswered requests in a row rest a relay, each further one for twice as long; an answer wakes it', () => {
  const resting = new Resting()
  const silent = { kind: 'unknown', why: 'no answer' } as const
  for (let i = 0; i < 5; i++) {
    expect(resting.rest('a', 1_000)).toBeNull()
    resting.heard('a', silent, 1_000)
  }
  expect(resting.rest('a', 3_999)).toMatchObject({ kind: 'unknown', unsent: true })
  expect(resting.rest('b', 3_999)).toBeNull()
  // then one request tries it again
  expect(resting.rest('a', 4_000)).toBeNull()
  resting.heard('a', silent, 4_000)
  expect(resting.rest('a', 9_999)).toMatchObject({ unsent: true })
  resting.heard('a', { kind: 'rejected', message: 'no' }, 10_000)
  expect(resting.rest('a', 10_000)).toBeNull()
})

test('a relay that limits our rate rests as long as it says, a minute at most', () => {
  const resting = new Resting()
  resting.heard('a', { kind: 'rateLimited', retryAfterMs: 86_400_000 }, 0)
  expect(resting.rest('a', 59_999)).toMatchObject({ kind: 'rateLimited', unsent: true })
  expect(resting.rest('a', 60_000)).toBeNull()
})

test('requests that were on their way together are one in the row of those left unanswered', () => {
  const resting = new Resting()
  for (let i = 0; i < 30; i++) resting.heard('a', { kind: 'unknown', why: 'deadline' }, 1_500 + i, i)
  expect(resting.rest('a', 1_600)).toBeNull()
  for (let i = 1; i < 5; i++) resting.heard('a', { kind: 'unknown', why: 'deadline' }, 2_000 * (i + 1), 2_000 * i)
  expect(resting.rest('a', 10_001)).toMatchObject({ kind: 'unknown', unsent: true })
})
