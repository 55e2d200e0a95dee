import { createServer } from 'node:http'
import { keccak256 } from 'ethers'
import { RELAY_FAULTS, type RelayFaultKind } from '../../../src/devnet/builder/relay-faults.js'
import { close, listen } from '../../../src/devnet/proxy/proxy.js'
import { relayCall, startLab, type Answer, type Lab } from './lab.js'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    relays: [
      { name: 'a', personality: 'flashbots' },
      { name: 'b', personality: 'titan' },
    ],
  })
})
afterAll(() => lab.stop())

/** What the client of a bundle sees: an answer, or in what way there is none. */
async function sendWithin(raw: string, ms: number): Promise<Answer | string> {
  const blockNumber = `0x${((await lab.head()) + 1).toString(16)}`
  try {
    const signal = AbortSignal.timeout(ms)
    return await relayCall(lab.builder.relayUrl('a'), 'eth_sendBundle', [{ txs: [raw], blockNumber }], { signal })
  } catch (error) {
    // errors of fetch come from outside jest's context, where they are no instances of its Error
    return String(error)
  }
}

const EXPECTED: Record<Exclude<RelayFaultKind, 'redirect' | 'acceptAndDrop' | 'cancelLate'>, [unknown, boolean]> = {
  rateLimited: [{ status: 429 }, false],
  statusJson: [{ status: 503, error: { code: -32000 } }, false],
  statusHtml: [{ status: 503, text: expect.stringContaining('<html>') as string }, false],
  hang: [expect.stringContaining('TimeoutError'), false],
  acceptThenHang: [expect.stringContaining('TimeoutError'), true],
  slowDrip: [expect.stringContaining('TimeoutError'), true],
  resetBeforeBody: [expect.stringContaining('TypeError'), false],
  resetAfterBody: [expect.stringContaining('TypeError'), false],
  acceptThenReset: [expect.stringContaining('TypeError'), true],
  wrongId: [{ status: 200, id: 987_654_321 }, true],
  nullResult: [{ status: 200, result: null }, true],
  missingResult: [{ text: '{"jsonrpc":"2.0","id":1}' }, true],
  stringResult: [{ result: `0x${'ab'.repeat(32)}` }, true],
  errorInside: [{ status: 200, error: { message: 'bundle simulation failed' } }, false],
  stringError: [{ status: 200, error: 'unable to decode txs' }, false],
  invalidJson: [{ status: 200, text: expect.stringMatching(/"resu$/) as string }, true],
  empty: [{ status: 200, text: '' }, true],
  truncatedGzip: [{ status: 200, text: expect.not.stringMatching(/\}$/) as string }, true],
  bigBody: [{ status: 200, padding: expect.stringMatching(/^x{2097152}$/) as string }, true],
  duplicateAnswer: [{ status: 200, text: expect.stringMatching(/\}\{/) as string }, true],
}

describe('a scripted relay fault', () => {
  it.each(Object.entries(EXPECTED))('%s', async (kind, [seen, processed]) => {
    const raw = await lab.sign(0)
    lab.builder.fault('a', kind as RelayFaultKind, { status: 503 })
    const endless = ['hang', 'acceptThenHang', 'slowDrip'].includes(kind)
    const answer = await sendWithin(raw, endless ? 500 : 10_000)
    if (typeof answer === 'string') expect(answer).toEqual(seen)
    else expect(answer).toMatchObject(seen as object)
    // what was processed lands although the client could not know
    expect((await lab.builder.produceBlock()).transactions).toEqual(processed ? [keccak256(raw)] : [])
  })

  it('is over after the requests it was meant for', async () => {
    expect(await sendWithin(await lab.sign(0), 10_000)).toHaveProperty('result.bundleHash')
    await lab.builder.produceBlock({ local: true })
  })

  it('covers the whole table', () => {
    const elsewhere = ['redirect', 'acceptAndDrop', 'cancelLate']
    expect([...Object.keys(EXPECTED), ...elsewhere].sort()).toEqual(Object.keys(RELAY_FAULTS).sort())
  })

  it('redirect names another place, which a client must not tell anything', async () => {
    const seen: (string | undefined)[] = []
    const sink = createServer((request, response) => {
      seen.push(request.url)
      response.end()
    })
    const at = await listen(sink, '127.0.0.1', 0)
    lab.builder.fault('a', 'redirect', { location: `http://${at}/sink` })
    expect(await sendWithin(await lab.sign(0), 10_000)).toMatchObject({ status: 307 })
    expect(seen).toEqual([])
    await close(sink)
  })

  it('acceptAndDrop: answered well, never built with; the other relay builds', async () => {
    lab.builder.fault('a', 'acceptAndDrop')
    const raw = await lab.sign(0)
    expect(await sendWithin(raw, 10_000)).toHaveProperty('result.bundleHash')
    await lab.send('b', [raw])
    expect((await lab.builder.produceBlock()).transactions).toEqual([keccak256(raw)])
    const reasons = lab.builder.records().slice(-2)
    expect(reasons).toMatchObject([{ outcome: { reason: 'accepted-and-dropped' } }, { outcome: { kind: 'landed' } }])
  })

  it('acceptAndDrop n − 1 times: only the n-th attempt lands', async () => {
    lab.builder.fault('a', 'acceptAndDrop', { times: 2 })
    const raw = await lab.sign(0)
    const landed: number[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      await lab.send('a', [raw])
      if ((await lab.builder.produceBlock()).transactions.length > 0) landed.push(attempt)
    }
    expect(landed).toEqual([3])
  })

  it('cancelLate: the cancelled bundle lands all the same', async () => {
    const replacementUuid = 'c0ffee00-0000-4000-8000-00000000000a'
    const raw = await lab.sign(0)
    await lab.send('a', [raw], { replacementUuid })
    lab.builder.fault('a', 'cancelLate', { methods: ['eth_cancelBundle'] })
    const answer = await relayCall(lab.builder.relayUrl('a'), 'eth_cancelBundle', [{ replacementUuid }])
    expect(answer.status).toBe(200)
    expect((await lab.builder.produceBlock()).transactions).toEqual([keccak256(raw)])
  })

  it('lasts as often as asked, for the methods asked, until cleared', async () => {
    const stats = (): Promise<Answer> =>
      relayCall(lab.builder.relayUrl('a'), 'flashbots_getUserStatsV2', [{ blockNumber: '0x1' }])
    lab.builder.fault('a', 'rateLimited', { times: 2, retryAfterSeconds: 3, methods: ['flashbots_getUserStatsV2'] })
    expect(await sendWithin(await lab.sign(0), 10_000)).toMatchObject({ status: 200 })
    expect([(await stats()).status, (await stats()).status, (await stats()).status]).toEqual([429, 429, 200])
    lab.builder.fault('a', 'statusJson', { times: Infinity })
    expect([(await stats()).status, (await stats()).status]).toEqual([500, 500])
    lab.builder.clearFaults('a')
    expect((await stats()).status).toBe(200)
    expect(() => {
      lab.builder.fault('nobody', 'hang')
    }).toThrow(RangeError)
  })
})
