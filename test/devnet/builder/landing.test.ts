import { keccak256, Transaction } from 'ethers'
import { GWEI, MARKET, PAYER, POT, PRICE_ONE, startLab, type Lab } from './lab.js'

interface Block {
  readonly transactions: string[]
  readonly miner: string
  readonly timestamp: string
  readonly baseFeePerGas: string
}

let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    relays: [
      { name: 'flashbots', personality: 'flashbots' },
      { name: 'titan', personality: 'titan' },
      { name: 'quasar', personality: 'quasar' },
    ],
  })
})
afterAll(() => lab.stop())

const latest = async (): Promise<Block> => (await lab.rpc('eth_getBlockByNumber', ['latest', false])) as Block
const balance = async (address: string): Promise<bigint> =>
  BigInt((await lab.rpc('eth_getBalance', [address, 'latest'])) as string)
const hashes = (...raw: string[]): string[] => raw.map((one) => keccak256(one))
const outcomes = (): unknown[] => lab.builder.records().map(({ outcome }) => outcome)
const lastOutcome = (): unknown => outcomes().at(-1)

describe('a bundle', () => {
  it('lands whole and in order, and pays the coinbase exactly what was simulated', async () => {
    const raw = [
      await lab.sign(0, { value: 7n }),
      await lab.sign(1, { tip: 3n * GWEI }),
      await lab.sign(0, { nonce: 1 }),
    ]
    const before = await balance(lab.builder.coinbase)
    const answer = await lab.send('flashbots', raw)
    expect(answer.result).toEqual({
      bundleHash: keccak256(
        `0x${hashes(...raw)
          .map((h) => h.slice(2))
          .join('')}`,
      ),
    })
    const block = await lab.builder.produceBlock()
    expect((await latest()).transactions).toEqual(hashes(...raw))
    expect(block.transactions).toEqual(hashes(...raw))
    const record = lab.builder.records().at(-1)
    const paid = (await balance(lab.builder.coinbase)) - before
    expect(record?.outcome).toMatchObject({ kind: 'landed', blockHash: block.hash, index: 0, paidWei: paid })
    expect(record?.simulated?.paidWei).toBe(paid)
    expect(paid).toBeGreaterThan(7n)
  })

  it('is dropped whole when one of its transactions reverts, unless that may revert', async () => {
    const good = await lab.sign(0, { value: 5n })
    const bad = await lab.sign(1, { data: '0x01' })
    await lab.send('flashbots', [good, bad])
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ kind: 'dropped', reason: 'reverted' })
    await lab.send('flashbots', [good, bad], { revertingTxHashes: hashes(bad) })
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(good, bad))
    expect(lastOutcome()).toMatchObject({ kind: 'landed' })
  })

  it('may lose a transaction that is listed as droppable', async () => {
    const good = await lab.sign(0, { value: 5n })
    const bad = await lab.sign(1, { data: '0x01' })
    await lab.send('titan', [bad, good], { droppingTxHashes: hashes(bad) })
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(good))
  })

  it('lands in its block only', async () => {
    const raw = await lab.sign(0)
    const head = await lab.head()
    await lab.send('flashbots', [raw], { blockNumber: `0x${(head + 2).toString(16)}` })
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
    expect(lastOutcome()).toEqual({ kind: 'pending' })
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(raw))
    const late = await lab.sign(0)
    await lab.send('flashbots', [late])
    await lab.anvil.rpc('evm_mine', [])
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ kind: 'dropped', reason: 'wrong-block' })
  })

  it('keeps to its timestamps', async () => {
    const { timestamp } = await latest()
    await lab.send('flashbots', [await lab.sign(0)], { minTimestamp: Number(timestamp) + 2 })
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ reason: 'timestamp' })
    const raw = await lab.sign(0)
    await lab.send('flashbots', [raw], { minTimestamp: Number(timestamp), maxTimestamp: Number(timestamp) + 100 })
    const block = await lab.builder.produceBlock({ timestamp: Number(timestamp) + 100 })
    expect(block).toMatchObject({ transactions: hashes(raw), timestamp: Number(timestamp) + 100 })
  })

  it('counts once when several relays pass it on', async () => {
    const raw = await lab.sign(0)
    await lab.send('flashbots', [raw])
    await lab.send('titan', [raw])
    const block = await lab.builder.produceBlock()
    expect(block.transactions).toEqual(hashes(raw))
    expect(block.landed).toHaveLength(2)
  })

  it('does not land in a local block, nor in one that another relay won', async () => {
    await lab.send('flashbots', [await lab.sign(0)])
    expect((await lab.builder.produceBlock({ local: true })).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ reason: 'local-block' })
    await lab.send('flashbots', [await lab.sign(0)])
    expect((await lab.builder.produceBlock({ winner: 'titan' })).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ reason: 'other-builder' })
  })

  it('is replaced and cancelled by its uuid and signer', async () => {
    const replacementUuid = '11111111-2222-4333-8444-555555555555'
    const first = await lab.sign(0, { value: 1n })
    const second = await lab.sign(0, { value: 2n })
    await lab.send('flashbots', [first], { replacementUuid })
    await lab.send('flashbots', [second], { replacementUuid })
    expect(outcomes().slice(-2)).toMatchObject([{ reason: 'replaced' }, { kind: 'pending' }])
    await lab.send('flashbots', [], { replacementUuid })
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
    expect(lastOutcome()).toMatchObject({ reason: 'cancelled' })
  })

  it('replaces by sequence number where the relay has them, and repeats are counted', async () => {
    const order = { replacementUuid: 'order' }
    const second = await lab.sign(0, { value: 2n })
    await lab.send('quasar', [second], { ...order, replacementSeqNumber: 2 })
    await lab.send('quasar', [await lab.sign(0, { value: 1n })], { ...order, replacementSeqNumber: 1 })
    expect(outcomes().slice(-2)).toMatchObject([{ kind: 'pending' }, { reason: 'replaced' }])
    await lab.send('quasar', [second])
    expect(lab.builder.counters('quasar').get('duplicate:eth_sendBundle')).toBe(1)
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(second))
  })
})

describe('the auction', () => {
  const openMarket = async (): Promise<void> => {
    await lab.anvil.rpc('anvil_setStorageAt', [MARKET, `0x${'0'.repeat(64)}`, PRICE_ONE])
  }

  it('gives what only one can have to the better payment per gas', async () => {
    await openMarket()
    const low = await lab.sign(0, { to: MARKET, value: 10n ** 12n })
    const high = await lab.sign(1, { to: MARKET, value: 10n ** 13n })
    await lab.send('flashbots', [low])
    await lab.send('titan', [high])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(high))
    expect(outcomes().slice(-2)).toMatchObject([{ reason: 'outbid' }, { kind: 'landed' }])
  })

  it('ranks payment per gas, not payment', async () => {
    // the padding makes the first dearer in gas by more than its larger payment
    const padded = await lab.sign(0, { to: PAYER, value: 3n * 10n ** 13n })
    const heavy = [padded, await lab.sign(1), await lab.sign(2), await lab.sign(3)]
    const light = await lab.sign(4, { to: PAYER, value: 2n * 10n ** 13n })
    await lab.send('flashbots', heavy)
    await lab.send('flashbots', [light])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(light, ...heavy))
  })

  it('places a bundle that pays less than 95 % of its simulation behind all others, at what it pays there', async () => {
    const first = await lab.sign(0, { to: POT, tip: 2n * GWEI })
    const second = await lab.sign(1, { to: POT })
    await lab.send('flashbots', [second])
    await lab.send('flashbots', [first])
    const third = await lab.sign(2, { value: 1n })
    await lab.send('flashbots', [third])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(first, third, second))
    expect(outcomes().slice(-3)).toMatchObject([{ kind: 'landed' }, { kind: 'landed' }, { kind: 'landed' }])
  })

  it('lets one nonce land once', async () => {
    await lab.send('flashbots', [await lab.sign(0, { value: 1n })])
    const better = await lab.sign(0, { value: 10n ** 14n })
    await lab.send('titan', [better])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(better))
    expect(outcomes().slice(-2)).toMatchObject([{ reason: 'nonce' }, { kind: 'landed' }])
  })

  it('drops what pays nothing and what the base fee has overtaken', async () => {
    await lab.send('flashbots', [await lab.sign(0, { tip: 0n })])
    await lab.builder.produceBlock()
    expect(lastOutcome()).toMatchObject({ reason: 'underpriced' })
    await lab.send('flashbots', [await lab.sign(0)])
    const block = await lab.builder.produceBlock({ baseFee: 101n * GWEI })
    expect(block.baseFee).toBe(101n * GWEI)
    expect(lastOutcome()).toMatchObject({ reason: 'underpriced' })
    await lab.builder.produceBlock({ baseFee: GWEI })
  })
})

describe('public transactions', () => {
  it('come first, in the order of arrival, so that a liquidation can follow a price update', async () => {
    const other = await lab.sign(2, { tip: 1n })
    const update = await lab.sign(3, { to: MARKET, data: PRICE_ONE, tip: 0n })
    const take = await lab.sign(0, { to: MARKET, value: 10n ** 12n, tip: 50n * GWEI })
    await lab.send('flashbots', [take])
    await lab.rpc('eth_sendRawTransaction', [other])
    await lab.rpc('eth_sendRawTransaction', [update])
    const block = await lab.builder.produceBlock()
    expect(block.transactions).toEqual(hashes(other, update, take))
    expect(lastOutcome()).toMatchObject({ kind: 'landed', index: 2 })
  })

  it('stand where the bundle that contains them puts them, and are not lost when it fails', async () => {
    const update = await lab.sign(3, { to: MARKET, data: PRICE_ONE, tip: 0n })
    const other = await lab.sign(2)
    await lab.rpc('eth_sendRawTransaction', [update])
    await lab.rpc('eth_sendRawTransaction', [other])
    const take = await lab.sign(0, { to: MARKET, value: 10n ** 12n })
    await lab.send('flashbots', [update, take])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(other, update, take))
    const again = await lab.sign(3, { to: MARKET, data: PRICE_ONE })
    await lab.rpc('eth_sendRawTransaction', [again])
    await lab.send('flashbots', [again, await lab.sign(0, { data: '0x01' })])
    const alone = await lab.sign(1, { to: MARKET, value: 10n ** 12n })
    await lab.send('titan', [alone])
    // held back for the first bundle, included after it failed, and then the second one works as well
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(again, alone))
  })

  it('include contract creations, last', async () => {
    const create = await lab.sign(2, { to: null, data: '0x5f5ff3' })
    const call = await lab.sign(3)
    await lab.rpc('eth_sendRawTransaction', [create])
    await lab.rpc('eth_sendRawTransaction', [call])
    const raw = await lab.sign(0)
    await lab.send('flashbots', [raw])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(call, raw, create))
  })

  it('wait for their nonce and for the base fee, and are thrown away when they cannot be executed', async () => {
    const nonce = Transaction.from(await lab.sign(2)).nonce
    const second = await lab.sign(2, { nonce: nonce + 1 })
    const cheap = await lab.sign(3, { maxFeePerGas: 1n, tip: 1n })
    const impossible = await lab.sign(4, { gasLimit: 21_001n, data: `0x${'01'.repeat(200)}` })
    for (const raw of [second, cheap, impossible]) await lab.rpc('eth_sendRawTransaction', [raw])
    const block = await lab.builder.produceBlock()
    expect(block.transactions).toEqual([])
    expect(block.evicted).toMatchObject([{ hash: keccak256(impossible) }])
    const first = await lab.sign(2, { nonce })
    await lab.rpc('eth_sendRawTransaction', [first])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(first, second))
    expect(lab.proxy.pool.list().map(({ hash }) => hash)).toEqual(hashes(cheap))
    // another transaction with its nonce lands privately
    const over = await lab.sign(3)
    await lab.send('flashbots', [over])
    expect((await lab.builder.produceBlock()).transactions).toEqual(hashes(over))
    expect(lab.proxy.pool.list()).toEqual([])
  })

  it('of others can be put first by the test, and their reverts stay in the block', async () => {
    await lab.anvil.rpc('anvil_setStorageAt', [MARKET, `0x${'0'.repeat(64)}`, PRICE_ONE])
    const competitor = await lab.sign(5, { to: MARKET })
    const failing = await lab.sign(6, { data: '0x01' })
    await lab.send('flashbots', [await lab.sign(0, { to: MARKET, value: 10n ** 12n })])
    const block = await lab.builder.produceBlock({ extraTransactionsBefore: [competitor, failing] })
    expect(block.transactions).toEqual(hashes(competitor, failing))
    expect(block.succeeded.get(keccak256(failing))).toBe(false)
    expect(lastOutcome()).toMatchObject({ reason: 'reverted' })
  })
})
