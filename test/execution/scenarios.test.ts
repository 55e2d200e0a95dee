import { Transaction } from 'ethers'
import { get } from 'node:http'
import type { Hex } from '../../src/domain/chain.js'
import { parseEndpoint } from '../../src/execution/relays/endpoint.js'
import { FlashbotsRelay } from '../../src/execution/relays/flashbots-relay.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { until } from '../support/until.js'
import { EXECUTOR } from './support/keeper.js'
import { BID, Ring } from './support/ring.js'
import { PRICE } from './support/stand-in.js'

/*
 * The ten end-to-end scenarios, and where they are:
 * 1 the real library lands at the double: here · 2 library and own client send the same bytes: relays/bundle-relay.test.ts ·
 * 3 a hint becomes a backrun that lands behind it: here · 4 one relay hangs, one limits, one answers null, one is well:
 * builder-double.test.ts · 5 only the third block takes it, 6 reorgs, 7 outbid for nothing, 9 every fault:
 * fault-matrix.test.ts · 8 kill -9 between sending and inclusion: submitter.test.ts, and through a reorg here ·
 * 10 the bid to the wei: here, and with the real executor in contracts/executor-orders.test.ts
 */

let ring: Ring
beforeAll(async () => {
  ring = await Ring.open()
})
afterAll(() => ring.close())
afterEach(() => {
  expect(ring.problems()).toEqual([])
})

const balanceOf = async (address: string): Promise<bigint> =>
  BigInt((await ring.lab.anvil.rpc('eth_getBalance', [address, 'latest'])) as string)

test('1: what the real library sends lands at the strict double', async () => {
  const head = await ring.fresh()
  const endpoint = parseEndpoint(`${ring.lab.builder.relayUrl('a')}#flashbots`, 'RELAY_URLS')
  const authKey = `0x${'33'.repeat(32)}`
  const library = new FlashbotsRelay({ endpoint, chainId: 31_337, authKey, deadlineMs: 10_000 })
  const raw = (await ring.lab.sign(5, { to: EXECUTOR })) as Hex
  const uuid = '0b4b2b52-6f0f-4f2e-8a51-0a3b7a0c4a11'
  const sent = await library.submit({ transactions: [raw], targetBlock: head.number + 1, replacementUuid: uuid })
  expect(sent).toMatchObject({ kind: 'accepted' })
  await ring.lab.builder.produceBlock()
  expect(ring.lab.builder.records().at(-1)?.outcome).toMatchObject({ kind: 'landed', blockNumber: head.number + 1 })
})

test('3: a hint of the stream becomes a backrun that lands right behind what it follows, and is seen nowhere else', async () => {
  const head = await ring.fresh({ open: false })
  let heard = ''
  const stream = get(ring.lab.builder.streamUrl, (response) => {
    response.on('data', (part: Buffer) => (heard += part.toString()))
    response.on('error', () => undefined)
  })
  stream.on('error', () => undefined)
  try {
    await until(() => ring.lab.builder.stream.listeners > 0, 'a listener')
    const hidden = await ring.lab.sign(6, { to: EXECUTOR, data: PRICE.down, tip: 1n })
    await ring.lab.builder.hide([hidden])
    const hash = (): string | undefined => /"hash":"(0x[0-9a-f]{64})"/.exec(heard)?.[1]
    await until(() => hash() !== undefined, 'the hint')
    const { attempts } = await ring.offer({ kind: 'hint', auction: 'mev-share', id: hash() as Hex })
    expect(ring.lab.builder.counters('b').get('request:eth_sendBundle') ?? 0).toBe(0)
    await ring.block()
    const block = (await ring.lab.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { transactions: string[] }
    expect(block.transactions.slice(0, 2)).toEqual([Transaction.from(hidden).hash, attempts[0]?.transactionHash])
    expect([ring.outcomes(), ring.bookings(), attempts[0]?.targetBlock]).toEqual([{ landed: 1 }, 1, head.number + 1])
  } finally {
    stream.destroy()
  }
})

test('8: kill -9 behind a landed block, a reorg while nobody runs, and the next start knows that it is undone', async () => {
  await ring.fresh()
  await ring.offer()
  await ring.block()
  expect(ring.bookings()).toBe(1)
  await ring.lab.builder.reorg(1)
  await ring.restart()
  expect([ring.outcomes(), ring.bookings()]).toEqual([{ reorged: 1 }, 0])
  expect(ring.keeper.submitter.inFlight()).toHaveLength(1)
})

test('10: the builder gets bid and tips to the wei, and the books say what the operator paid', async () => {
  await ring.fresh()
  const { operator } = ring.keeper
  const { coinbase } = ring.lab.builder
  const [builder, ours] = [await balanceOf(coinbase), await balanceOf(operator)]
  const { attempts } = await ring.offer()
  await ring.block()
  const tx = attempts.at(-1)?.transactionHash
  const receipt = (await ring.lab.anvil.rpc('eth_getTransactionReceipt', [tx])) as Record<string, Hex>
  const [gasUsed, price] = [BigInt(receipt['gasUsed'] ?? 0), BigInt(receipt['effectiveGasPrice'] ?? 0)]
  const { baseFeePerGas } = await ring.head()
  expect((await balanceOf(coinbase)) - builder).toBe(BID + gasUsed * (price - baseFeePerGas))
  expect((await balanceOf(operator)) - ours).toBe(-gasUsed * price)
  expect(ring.keeper.ledger.report().deltas.get(NATIVE)).toBe(-gasUsed * price)
})
