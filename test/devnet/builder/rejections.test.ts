import { concat, encodeRlp, getBytes, id, Wallet } from 'ethers'
import { accountOf, authKey, GWEI, relayCall, startLab, type Answer, type Lab } from './lab.js'

let lab: Lab
let url: string
let good: string

beforeAll(async () => {
  lab = await startLab({
    relays: [
      { name: 'flashbots', personality: 'flashbots' },
      { name: 'buildernet', personality: 'buildernet' },
      { name: 'titan', personality: 'titan' },
      { name: 'quasar', personality: 'quasar' },
      { name: 'slow', personality: 'flashbots', limits: { eth_sendBundle: 2 } },
    ],
  })
  url = lab.builder.relayUrl('flashbots')
  await lab.builder.produceBlock()
  good = await lab.sign(0)
})
afterAll(() => lab.stop())

const rejected = (name: string, relay = 'flashbots'): number => lab.builder.counters(relay).get(`rejected:${name}`) ?? 0

/** The answer, after checking that exactly this refusal was counted. */
async function refusal(name: string, ask: () => Promise<Answer>, relay = 'flashbots'): Promise<Answer> {
  const before = rejected(name, relay)
  const answer = await ask()
  expect(answer).not.toHaveProperty('result')
  expect(typeof answer.error?.message).toBe('string')
  expect(rejected(name, relay)).toBe(before + 1)
  return answer
}

const send = (fields: Record<string, unknown>, relay = 'flashbots'): Promise<Answer> =>
  relayCall(lab.builder.relayUrl(relay), 'eth_sendBundle', [{ txs: [good], blockNumber: '0x3', ...fields }])

describe('the request', () => {
  const body = (change: Record<string, unknown>): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendBundle', params: [{}], ...change })
  it.each<[string, number, Parameters<typeof relayCall>[3]]>([
    ['not-post', 405, { verb: 'PUT' }],
    ['content-type', 415, { headers: { 'content-type': 'text/plain' } }],
    ['too-large', 413, { body: body({ padding: 'x'.repeat(300_000) }) }],
    ['invalid-json', 400, { body: '{"jsonrpc":' }],
    ['envelope', 200, { body: '[]' }],
    ['envelope', 200, { body: body({ jsonrpc: '1.0' }) }],
    ['envelope', 200, { body: body({ id: null }) }],
    ['envelope', 200, { body: body({ method: 5 }) }],
    ['params', 200, { body: body({ params: {} }) }],
    ['params', 200, { body: body({ params: [] }) }],
    ['params', 200, { body: body({ params: [{}, {}] }) }],
    ['unknown-method', 200, { body: body({ method: 'eth_chainId' }) }],
  ])('%s: HTTP %i', async (name, status, change) => {
    const answer = await refusal(name, () => relayCall(url, 'eth_sendBundle', [], change))
    expect(answer.status).toBe(status)
    if (name === 'unknown-method') expect(answer.error?.code).toBe(-32601)
  })

  it('rate-limited: HTTP 429 for one method only', async () => {
    await send({}, 'slow')
    await send({}, 'slow')
    expect(await refusal('rate-limited', () => send({}, 'slow'), 'slow')).toMatchObject({ status: 429 })
    const other = await relayCall(lab.builder.relayUrl('slow'), 'flashbots_getUserStatsV2', [{ blockNumber: '0x1' }])
    expect(other.status).toBe(200)
  })
})

describe('the signature', () => {
  const text = JSON.stringify({ method: 'flashbots_getUserStatsV2', params: [{}], id: 1, jsonrpc: '2.0' })
  const ask = (relay: string, signature: string | null): Promise<Answer> =>
    relayCall(lab.builder.relayUrl(relay), '', [], {
      body: text,
      headers: { 'x-flashbots-signature': signature ?? '' },
    })
  const without = async (relay: string): Promise<Answer> => {
    const response = await fetch(lab.builder.relayUrl(relay), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    })
    return { status: response.status, text: '', ...((await response.json()) as object) }
  }

  it('is required by some and optional with others', async () => {
    expect(await refusal('signature-missing', () => without('flashbots'))).toMatchObject({ status: 403 })
    const missing = await refusal('signature-missing', () => without('buildernet'), 'buildernet')
    expect(missing.status).toBe(400)
    expect(await without('titan')).toMatchObject({ status: 200, result: { isHighPriority: false } })
  })

  it('is refused when malformed, of other bytes, of another key or over the raw hash', async () => {
    const sign = async (message: string | Uint8Array, address = authKey.address): Promise<string> =>
      `${address}:${await authKey.signMessage(message)}`
    await refusal('signature-format', () => ask('flashbots', 'nonsense'))
    await refusal('signature-format', () => ask('flashbots', `${authKey.address}:0x${'zz'.repeat(65)}`))
    const other = await sign(id(text.replace('"id":1', '"id": 1')))
    await refusal('signature-mismatch', () => ask('flashbots', other))
    const foreign = await sign(id(text), Wallet.createRandom().address)
    await refusal('signature-mismatch', () => ask('flashbots', foreign))
    await refusal('signature-mismatch', () => ask('flashbots', `${authKey.address}:0x${'ff'.repeat(65)}`))
    const raw = await sign(getBytes(id(text)))
    await refusal('signature-raw-digest', () => ask('flashbots', raw))
    expect((await refusal('signature-raw-digest', () => ask('quasar', raw), 'quasar')).status).toBe(401)
    expect((await ask('flashbots', await sign(id(text)))).status).toBe(200)
  })
})

describe('the fields', () => {
  const uuid = 'c0ffee00-0000-4000-8000-000000000001'
  it.each<[string, Record<string, unknown>]>([
    ['unknown-field', { refundPercent: 10 }],
    ['field-type', { txs: 'no list' }],
    ['field-type', { txs: [1] }],
    ['field-type', { blockNumber: '0x03' }],
    ['field-type', { blockNumber: 3 }],
    ['field-type', { minTimestamp: '0x1' }],
    ['field-type', { revertingTxHashes: ['0x12'] }],
    ['block-missing', { blockNumber: undefined }],
    ['block-past', { blockNumber: '0x2' }],
    ['block-too-far', { blockNumber: '0x100' }],
    ['timestamp-order', { minTimestamp: 10, maxTimestamp: 9 }],
    ['uuid-format', { replacementUuid: 'c0ffee00-0000-1000-8000-000000000001' }],
    ['hashes-not-in-bundle', { revertingTxHashes: [`0x${'12'.repeat(32)}`] }],
    ['no-transactions', { txs: [] }],
  ])('%s: %j', async (name, fields) => {
    await refusal(name, () => send(fields))
  })

  it('follow the relay: a refund and an absent block are right with one and wrong with another', async () => {
    await refusal('refund', () => send({ refundPercent: 0, refundRecipient: authKey.address }, 'titan'), 'titan')
    await refusal('refund', () => send({ refundPercent: 10 }, 'titan'), 'titan')
    const full = { refundPercent: 10, refundRecipient: authKey.address, blockNumber: undefined, replacementUuid: 'any' }
    expect((await send(full, 'titan')).result).toBeDefined()
    const elsewhere = await refusal('unknown-field', () => send({ foo: 1 }, 'buildernet'), 'buildernet')
    expect(elsewhere.status).toBe(400)
    const missing = await refusal(
      'unknown-method',
      () => relayCall(lab.builder.relayUrl('buildernet'), 'mev_sendBundle', [{}]),
      'buildernet',
    )
    expect(missing.status).toBe(404)
  })

  it('uuid-missing: a cancellation without one', async () => {
    await refusal('uuid-missing', () => relayCall(url, 'eth_cancelBundle', [{}]))
    expect((await relayCall(url, 'eth_cancelBundle', [{ replacementUuid: uuid }])).result).toEqual([])
  })
})

describe('the transactions', () => {
  it.each<[string, () => Promise<string[]> | string[]]>([
    ['too-many-transactions', () => Array.from({ length: 101 }, () => good)],
    ['undecodable', () => ['0x02ff']],
    ['undecodable', () => ['zz']],
    ['duplicate-transaction', () => [good, good]],
    ['contract-creation', async () => [await lab.sign(0, { to: null, data: '0x5f' })]],
    ['chain-id', async () => [await lab.sign(0, { chainId: 1 })]],
    ['chain-id', async () => [await lab.sign(0, { chainId: 0 })]],
    ['zero-fee', async () => [await lab.sign(0, { maxFeePerGas: 0n, tip: 0n })]],
    ['zero-fee', () => legacy(0n)],
    ['tip-above-max-fee', () => [tipAboveCap()]],
    ['gas-too-high', async () => [await lab.sign(0, { gasLimit: 16_777_217n })]],
    ['max-fee-below-base-fee', async () => [await lab.sign(0, { maxFeePerGas: 1n, tip: 1n })]],
    ['nonce-gap', async () => [await lab.sign(0, { nonce: 1 })]],
    ['nonce-gap', async () => [good, await lab.sign(0, { nonce: 2 })]],
    ['nonce-too-low', () => used()],
    ['insufficient-balance', async () => [await lab.sign(0, { value: 10n ** 24n })]],
  ])('%s', async (name, make) => {
    const txs = await make()
    await refusal(name, () => lab.send('flashbots', txs))
  })

  it('transaction-type: a set-code transaction', async () => {
    const authorizationList = [
      {
        address: authKey.address,
        nonce: 0n,
        chainId: 31_337n,
        signature: { r: `0x${'1'.repeat(64)}`, s: `0x${'2'.repeat(64)}`, yParity: 0 as const },
      },
    ]
    const raw = await accountOf(0).signTransaction({
      type: 4,
      chainId: 31_337,
      nonce: 0,
      to: authKey.address,
      gasLimit: 100_000n,
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: 1n,
      authorizationList,
    })
    await refusal('transaction-type', () => send({ txs: [raw] }))
  })

  it('may follow public transactions of the sender that wait', async () => {
    await lab.rpc('eth_sendRawTransaction', [await lab.sign(7, { nonce: 0 })])
    const answer = await lab.send('flashbots', [await lab.sign(7, { nonce: 1 })])
    expect(answer.result).toBeDefined()
    expect((await lab.builder.produceBlock()).transactions).toHaveLength(2)
  })
})

const legacy = async (gasPrice: bigint): Promise<string[]> => [
  await accountOf(0).signTransaction({
    type: 0,
    chainId: 31_337,
    nonce: 0,
    to: authKey.address,
    gasLimit: 21_000n,
    gasPrice,
  }),
]
/** ethers signs no such transaction: its fields with somebody's signature. */
const tipAboveCap = (): string => {
  const fields = ['0x7a69', '0x', '0x02', '0x01', '0xc350', authKey.address, '0x', '0x', []]
  return concat(['0x02', encodeRlp([...fields, '0x01', `0x${'11'.repeat(32)}`, `0x${'12'.repeat(32)}`])])
}
/** A transaction whose nonce is behind the chain. */
const used = async (): Promise<string[]> => {
  await lab.send('flashbots', [await lab.sign(3, { nonce: 0 })])
  await lab.builder.produceBlock()
  return [await lab.sign(3, { nonce: 0 })]
}

it('counted every refusal, and none of all this was an internal error', () => {
  for (const relay of ['flashbots', 'buildernet', 'titan', 'quasar', 'slow'])
    expect(lab.builder.counters(relay).get('internal-error')).toBeUndefined()
})
