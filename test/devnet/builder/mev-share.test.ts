import { keccak256, type HDNodeWallet } from 'ethers'
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  accountOf,
  GWEI,
  MARKET,
  PRICE_ONE,
  relayCall,
  startLab,
  type Answer,
  type Lab,
  type TransactionWish,
} from './lab.js'

const ETHER = 10n ** 18n
let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    pingMs: 50,
    relays: [
      { name: 'flashbots', personality: 'flashbots' },
      { name: 'titan', personality: 'titan' },
    ],
  })
})
afterAll(() => lab.stop())

const user: HDNodeWallet = accountOf(3)
const url = (): string => lab.builder.mevShareUrl ?? ''
const hex = (value: number): string => `0x${value.toString(16)}`
const hashes = (...raw: string[]): string[] => raw.map((one) => keccak256(one))
const lastOutcomes = (count: number): unknown[] =>
  lab.builder
    .records()
    .slice(-count)
    .map(({ outcome }) => outcome)
const balance = async (address: string): Promise<bigint> =>
  BigInt((await lab.rpc('eth_getBalance', [address, 'latest'])) as string)

/** What makes a taking of the market possible, hidden; the hash that the stream gave it. */
async function hideUpdate(): Promise<{ raw: string; hash: string }> {
  const raw = await lab.sign(3, { to: MARKET, data: PRICE_ONE })
  const { hash } = await lab.builder.hide([raw])
  return { raw, hash }
}

interface Wish {
  readonly inclusion?: unknown
  readonly body?: unknown
  readonly more?: Record<string, unknown>
}

async function backrun(hash: string, tx: string, { inclusion, body, more = {} }: Wish = {}): Promise<Answer> {
  const block = (await lab.head()) + 1
  const bundle = {
    version: 'v0.1',
    inclusion: inclusion ?? { block: hex(block), maxBlock: hex(block + 2) },
    body: body ?? [{ hash }, { tx, canRevert: false }],
    ...more,
  }
  return relayCall(url(), 'mev_sendBundle', [bundle])
}

const take = (account: number, wei: bigint, wish: TransactionWish = {}): Promise<string> =>
  lab.sign(account, { to: MARKET, value: wei, tip: 1n, ...wish })

describe('the stream', () => {
  const heard: string[] = []
  let request: ReturnType<typeof get>
  beforeAll(async () => {
    request = get(lab.builder.streamUrl, (response) => {
      response.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
      response.on('error', () => undefined)
    })
    request.on('error', () => undefined)
    while (lab.builder.stream.listeners === 0) await sleep(5)
  })
  afterAll(() => request.destroy())

  it('tells of a hidden transaction what its owner shows, under the hash of its hash, and gives signs of life', async () => {
    const raw = await lab.sign(4, { to: MARKET, data: PRICE_ONE })
    await lab.builder.hide([raw])
    while (!heard.join('').includes('data: ')) await sleep(5)
    const line = heard
      .join('')
      .split('\n')
      .find((text) => text.startsWith('data: '))
    expect(JSON.parse(line?.slice(6) ?? '')).toEqual({
      hash: keccak256(keccak256(raw)),
      logs: null,
      txs: [{ to: MARKET, functionSelector: PRICE_ONE.slice(0, 10), callData: PRICE_ONE }],
    })
    const before = heard.length
    while (!heard.slice(before).join('').includes(':ping\n\n')) await sleep(5)
    const history = (await (await fetch(`${lab.builder.streamUrl}/api/v1/history?limit=1`)).json()) as unknown[]
    expect(history).toMatchObject([{ block: await lab.head(), hint: { hash: keccak256(keccak256(raw)) } }])
    const info = await (await fetch(`${lab.builder.streamUrl}/api/v1/history/info`)).json()
    expect(info).toMatchObject({ count: 1, minBlock: await lab.head() })
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(raw))
  })

  it('hears of one that its owner sends with hints, and nobody finds it in the mempool', async () => {
    const raw = await lab.sign(4)
    const before = heard.length
    const preferences = { privacy: { hints: ['hash', 'contract_address'] } }
    const answer = await relayCall(url(), 'eth_sendPrivateTransaction', [{ tx: raw, preferences }])
    expect(answer.result).toBe(keccak256(raw))
    while (
      !heard
        .slice(before)
        .join('')
        .includes(keccak256(keccak256(raw)))
    )
      await sleep(5)
    expect(await lab.rpc('eth_getTransactionByHash', [keccak256(raw)])).toBeNull()
    await lab.builder.produceBlock()
    expect(lab.proxy.publicTransactions()).toEqual([])
  })
})

describe('a backrun', () => {
  it('lands right behind what it follows, and gives back 90 % of what it pays', async () => {
    const { raw, hash } = await hideUpdate()
    const tx = await take(0, ETHER)
    const answer = await backrun(hash, tx, { more: { validity: { refund: [], refundConfig: [] } } })
    expect(answer.result).toMatchObject({ bundleHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    const before = await balance(user.address)
    const gas = BigInt(((await lab.rpc('eth_getBlockByNumber', ['latest', false])) as { gasUsed: string }).gasUsed)
    expect(gas).toBeGreaterThanOrEqual(0n)
    const block = await lab.builder.produceBlock()
    expect(block.transactions.slice(0, 2)).toEqual(hashes(raw, tx))
    expect(block.transactions).toHaveLength(3)
    const receipt = (await lab.rpc('eth_getTransactionReceipt', [keccak256(raw)])) as Record<string, string>
    const spent = BigInt(receipt['gasUsed'] ?? '') * BigInt(receipt['effectiveGasPrice'] ?? '')
    const [outcome] = lab.builder.records().slice(-1)
    if (outcome?.outcome.kind !== 'landed') throw new Error('it did not land')
    const { paidWei, refundWei } = outcome.outcome
    expect(paidWei).toBeGreaterThanOrEqual(ETHER)
    expect(refundWei).toBe((paidWei * 90n) / 100n)
    expect((await balance(user.address)) - before).toBe(refundWei - spent)
  })

  it('is beaten by one that gives more back, and its like behind another transaction is not', async () => {
    const first = await hideUpdate()
    const low = await take(0, ETHER)
    const high = await take(1, 2n * ETHER)
    await backrun(first.hash, low)
    await backrun(first.hash, high)
    const block = await lab.builder.produceBlock()
    expect(block.transactions.slice(0, 2)).toEqual(hashes(first.raw, high))
    expect(block.transactions).not.toContain(keccak256(low))
    await lab.builder.produceBlock()
    expect(lastOutcomes(2)).toMatchObject([{ kind: 'dropped', reason: 'nonce' }, { kind: 'landed' }])
  })

  it('lands beside another when they do not exclude each other, the better one first', async () => {
    const { raw, hash } = await hideUpdate()
    const pays = await lab.sign(1, { value: ETHER / 2n })
    const takes = await take(0, ETHER)
    await backrun(hash, pays)
    await backrun(hash, takes)
    const { transactions } = await lab.builder.produceBlock()
    expect([transactions[0], transactions[1], transactions[3]]).toEqual(hashes(raw, takes, pays))
    expect(transactions).toHaveLength(5)
  })

  it('that fails, or leaves the builder nothing, does not keep what it follows from landing', async () => {
    const failing = await hideUpdate()
    await backrun(failing.hash, await lab.sign(0, { data: '0x01' }))
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(failing.raw))
    await backrun(failing.hash, await lab.sign(0)).then(({ error }) => {
      expect(error?.message).toBe('backrun not found')
    })
    const cheap = await hideUpdate()
    const tx = await take(0, GWEI)
    await backrun(cheap.hash, tx, { inclusion: { block: hex((await lab.head()) + 1) } })
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(cheap.raw))
    expect(lastOutcomes(1)).toMatchObject([{ kind: 'dropped', reason: 'underpriced' }])
  })

  it('waits with what it follows for a block that takes private transactions, until its last block', async () => {
    const { raw, hash } = await hideUpdate()
    const tx = await take(0, ETHER)
    await backrun(hash, tx)
    expect((await lab.builder.produceBlock({ local: true })).transactions).toEqual([])
    expect((await lab.builder.produceBlock({ winner: 'titan' })).transactions).toEqual([])
    expect((await lab.builder.produceBlock()).transactions.slice(0, 2)).toEqual(hashes(raw, tx))
  })

  it('can be cancelled by uuid and by hash, and counts once when it is sent again', async () => {
    const { raw, hash } = await hideUpdate()
    const replacementUuid = '11111111-2222-4333-8444-555555555555'
    await backrun(hash, await take(0, ETHER), { more: { replacementUuid } })
    await relayCall(url(), 'mev_cancelBundle', [{ replacementUuid }])
    const again = await take(1, ETHER)
    const { result } = await backrun(hash, again)
    await backrun(hash, again)
    expect(lab.builder.counters('flashbots').get('duplicate:mev_sendBundle')).toBe(1)
    const { bundleHash } = result as { bundleHash: string }
    expect((await relayCall(url(), 'mev_cancelBundleByHash', [bundleHash])).result).toEqual([bundleHash])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(raw))
  })

  it('follows several transactions of one sender, which are told of together', async () => {
    const nonce = Number(await lab.rpc('eth_getTransactionCount', [user.address, 'latest']))
    const pair = [await lab.sign(3, { nonce }), await lab.sign(3, { nonce: nonce + 1, to: MARKET, data: PRICE_ONE })]
    const { hash } = await lab.builder.hide(pair)
    const tx = await take(0, ETHER)
    await backrun(hash, tx)
    expect((await lab.builder.produceBlock()).transactions.slice(0, 3)).toEqual(hashes(...pair, tx))
  })

  it('can be simulated from signed transactions, and not behind what is still hidden', async () => {
    const inclusion = { block: hex((await lab.head()) + 1) }
    const update = await lab.sign(5, { to: MARKET, data: PRICE_ONE })
    const tx = await take(0, ETHER)
    const body = [
      { tx: update, canRevert: false },
      { tx, canRevert: false },
    ]
    const bundle = { version: 'v0.1', inclusion, body }
    const { result } = await relayCall(url(), 'mev_simBundle', [bundle, {}])
    expect(result).toMatchObject({ success: true, stateBlock: hex(await lab.head()) })
    expect(BigInt((result as { profit: string }).profit)).toBeGreaterThanOrEqual(ETHER)
    const { hash } = await hideUpdate()
    const hiddenOne = { ...bundle, body: [{ hash }, { tx, canRevert: false }] }
    expect((await relayCall(url(), 'mev_simBundle', [hiddenOne])).error?.message).toMatch(/^backrun not found/)
    await lab.builder.produceBlock()
  })
})

describe('the node refuses', () => {
  let known: { raw: string; hash: string }
  let tx: string
  beforeAll(async () => {
    known = await hideUpdate()
    tx = await take(0, ETHER)
  })

  const refusals: [string, (block: number) => Wish, RegExp][] = [
    ['version', () => ({ more: { version: 'v9' } }), /version/],
    ['inclusion', (block) => ({ inclusion: { block: hex(block), maxBlock: hex(block - 1) } }), /before block/],
    ['inclusion', (block) => ({ inclusion: { block: hex(block), maxBlock: hex(block + 31) } }), /more than 30/],
    ['inclusion', (block) => ({ inclusion: { block: hex(block + 5) } }), /more than 5 ahead/],
    ['inclusion', (block) => ({ inclusion: { block: hex(block - 1), maxBlock: hex(block - 1) } }), /is past/],
    ['field-type', () => ({ inclusion: { block: 7 } }), /hex quantity/],
    ['unknown-field', () => ({ more: { metadata: {} } }), /metadata/],
    ['can-revert', () => ({ body: [{ hash: known.hash }, { tx, canRevert: true }] }), /canRevert/],
    ['one-backrun', () => ({ body: [{ hash: known.hash }] }), /exactly one backrun/],
    [
      'one-backrun',
      () => ({ body: [{ hash: known.hash }, { tx, canRevert: false }, { tx, canRevert: false }] }),
      /there are 2/,
    ],
    ['hash-not-first', () => ({ body: [{ tx, canRevert: false }, { hash: known.hash }] }), /may only stand first/],
    ['hash-missing', () => ({ body: [{ tx, canRevert: false }] }), /must be the hash/],
    ['hash-unknown', () => ({ body: [{ hash: PRICE_ONE }, { tx, canRevert: false }] }), /^backrun not found$/],
    [
      'hash-not-double',
      () => ({ body: [{ hash: keccak256(known.raw) }, { tx, canRevert: false }] }),
      /the transaction hashed again/,
    ],
    ['hints-with-hash', () => ({ more: { privacy: { hints: ['calldata'] } } }), /no hints beside a hash/],
    ['refund-with-hash', () => ({ more: { validity: { refund: [{ bodyIdx: 0, percent: 50 }] } } }), /no refunds/],
  ]
  it.each(refusals)('%s', async (name, wish, message) => {
    const count = (): number => lab.builder.counters('flashbots').get(`rejected:${name}`) ?? 0
    const before = count()
    const { error } = await backrun(known.hash, tx, wish((await lab.head()) + 1))
    expect(error?.message).toMatch(message)
    expect(count()).toBe(before + 1)
  })

  it('at other relays knows no such method', async () => {
    const answer = await relayCall(lab.builder.relayUrl('titan'), 'mev_sendBundle', [{}])
    expect(answer.error?.code).toBe(-32601)
  })
})
