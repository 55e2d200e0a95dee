import { Wallet } from 'ethers'
import { startDevnet, type Devnet } from '../../../src/devnet/devnet.js'
import { rpcOver } from '../../../src/devnet/rpc.js'
import { forwardedTransmit } from '../../../src/devnet/transmit.js'
import type { TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Address } from '../../../src/domain/chain.js'
import { LandedRounds } from '../../../src/oracle/sources/landed-rounds.js'
import { MevShareHints } from '../../../src/oracle/sources/mev-share.js'
import { PendingTransmits } from '../../../src/oracle/sources/pending-transmits.js'
import { until } from '../../support/until.js'
import { listenOn, type Listening } from './support/listening.js'

let devnet: Devnet
beforeAll(async () => {
  devnet = await startDevnet({ borrowers: 2, markets: ['v3.6'], specials: false, manual: true })
})
afterAll(() => devnet.stop())

const feed = (symbol: TokenSymbol): Address => devnet.ground.feeds.aggregators[symbol]?.address ?? '0x'

/** Sends what looks like a report, from an account that nobody authorised. */
async function forge(symbol: TokenSymbol, epochAndRound: bigint, type = 2): Promise<void> {
  const observations = [1n, 1n, 1n]
  const report = { observationsTimestamp: 1, observations, epochAndRound }
  const from = devnet.ground.accounts[8] ?? '0x'
  const { forwarder } = devnet.ground.feeds
  const data = forwardedTransmit(feed(symbol), report)
  const price = type === 2 ? {} : { gasPrice: '0x77359400' }
  await rpcOver(devnet.proxy.rpcUrl)('eth_sendTransaction', [
    { from, to: forwarder.address, data, gas: '0x7a120', ...price },
  ])
}

describe.each(['wsUrl', 'rpcUrl'] as const)('pending reports, by %s', (which) => {
  let ears: Listening
  let source: PendingTransmits
  beforeAll(async () => {
    ears = listenOn(devnet, devnet.proxy[which])
    source = new PendingTransmits(ears.context)
    devnet.proxy.resetRequests()
    await source.start(ears.sink)
    const method = which === 'wsUrl' ? 'eth_subscribe' : 'eth_getFilterChanges'
    await until(() => (devnet.proxy.requests().get(method) ?? 0) > 0, method)
  })
  afterAll(async () => {
    await source.stop()
    ears.close()
  })

  test('come with the bytes that land, and only from those who may report', async () => {
    await forge('WETH', 2n ** 39n)
    await forge('USDC', 2n ** 39n, 0)
    const hash = await devnet.oracles.transmit('WETH', 2_411_00000000n)
    const [signal] = await ears.heard(1)
    expect(signal).toMatchObject({
      channel: 'transmit',
      answers: [{ aggregator: feed('WETH'), answer: 2_411_00000000n, auctioned: false }],
      behind: { kind: 'transmit', hash },
    })
    if (signal?.behind?.kind !== 'transmit') throw new Error('no transaction behind it')
    expect(devnet.proxy.pool.get(hash)?.raw).toBe(signal.behind.raw)
    await until(() => (ears.ignored.get('foreign') ?? 0) >= 2, 'two foreign reports')
    await devnet.builder.produceBlock()
    const mined = await devnet.anvil.rpc('eth_getRawTransactionByHash', [hash])
    expect(mined).toBe(signal.behind.raw)
  })
})

describe('hints', () => {
  let ears: Listening
  let source: MevShareHints
  beforeAll(async () => {
    ears = listenOn(devnet, devnet.proxy.wsUrl)
    source = new MevShareHints(devnet.builder.streamUrl, ears.context)
    await source.start(ears.sink)
    await until(() => devnet.builder.stream.listeners > 0, 'a listener')
  })
  afterAll(async () => {
    await source.stop()
    ears.close()
    await until(() => devnet.builder.stream.listeners === 0, 'no listener')
  })

  test('name what to follow and the price it brings', async () => {
    const { hash } = await devnet.oracles.transmitHidden('WBTC', 59_000_00000000n)
    const [signal] = await ears.heard(1)
    expect(signal).toMatchObject({
      channel: 'hint',
      answers: [{ aggregator: feed('WBTC'), answer: 59_000_00000000n, auctioned: true }],
      behind: { kind: 'hint', auction: 'mev-share', id: hash },
    })
  })

  test('of strangers, of other contracts and of nothing are left out, and so is what is no hint', async () => {
    const before = ears.signals.length
    const stranger = Wallet.createRandom()
    const report = { observationsTimestamp: 1, observations: [1n], epochAndRound: 2n ** 39n }
    const event = (to: string, data: string, hash = `0x${'ab'.repeat(32)}`): string =>
      `data: ${JSON.stringify({ hash, txs: [{ to, functionSelector: '0x6fadcf72', callData: data }] })}\n\n`
    const forged = forwardedTransmit(feed('WBTC'), report, true)
    const { auctionForwarder, forwarder } = devnet.ground.feeds
    devnet.builder.stream.inject(event(stranger.address, forged))
    devnet.builder.stream.inject(
      event(auctionForwarder.address, forwardedTransmit('0x00000000000000000000000000000000000000ee', report, true)),
    )
    // not auctioned: nothing that this channel may bring
    devnet.builder.stream.inject(event(forwarder.address, forwardedTransmit(feed('WETH'), report)))
    devnet.builder.stream.inject('data: {"hash":"0x12"}\n\ndata: [1,2\n\n: a comment\n\nevent: none\n\ndata: null\n\n')
    devnet.builder.stream.inject(event(auctionForwarder.address, `${forged.slice(0, -2)}zz`))
    const { hash } = await devnet.oracles.transmitHidden('WBTC', 58_900_00000000n)
    await ears.heard(before + 1)
    expect(ears.signals.slice(before)).toMatchObject([{ behind: { id: hash } }])
    expect(Object.fromEntries(ears.ignored)).toEqual({ foreign: 1, 'unknown-feed': 1, unreadable: 3 })
  })

  test('go on after the connection was cut, and after an event without end', async () => {
    for (const spoil of [
      (): void => {
        devnet.builder.stream.drop()
      },
      (): void => {
        devnet.builder.stream.inject(`data: ${'x'.repeat(600_000)}`)
      },
    ]) {
      const before = ears.signals.length
      spoil()
      await until(() => devnet.builder.stream.listeners === 0, 'no listener')
      await until(() => devnet.builder.stream.listeners > 0, 'a listener')
      await devnet.oracles.transmitHidden('WBTC', 58_000_00000000n + BigInt(before))
      await ears.heard(before + 1)
    }
  })

  test('of several transactions are one signal', async () => {
    const before = ears.signals.length
    const { auctionForwarder } = devnet.ground.feeds
    const callData = (answer: bigint, epochAndRound: bigint): string =>
      forwardedTransmit(feed('WBTC'), { observationsTimestamp: 1, observations: [answer], epochAndRound }, true)
    const txs = [7n, 8n].map((answer) => ({
      to: auctionForwarder.address,
      callData: callData(answer, 0x10000n + answer),
    }))
    devnet.builder.stream.inject(`data: ${JSON.stringify({ hash: `0x${'cd'.repeat(32)}`, txs })}\r\n\r\n`)
    const signal = (await ears.heard(before + 1)).at(-1)
    expect(signal?.answers.map(({ answer }) => answer)).toEqual([7n, 8n])
    expect(signal?.behind).toEqual({ kind: 'hint', auction: 'mev-share', id: `0x${'cd'.repeat(32)}` })
  })
})

test('landed rounds are told from the logs of their block', async () => {
  const { context, signals, sink, close } = listenOn(devnet, devnet.proxy.rpcUrl)
  const rounds = new LandedRounds(context.aggregators)
  await rounds.start(sink)
  await devnet.oracles.transmitUnseen('WETH', 2_222_00000000n)
  await devnet.oracles.transmitUnseen('WBTC', 55_555_00000000n)
  const { hash: blockHash } = await devnet.builder.produceBlock()
  const logs = (await devnet.anvil.rpc('eth_getLogs', [{ blockHash }])) as Parameters<typeof rounds.hear>[0]
  rounds.hear(logs, 5)
  expect(signals).toEqual([
    {
      channel: 'round',
      answers: [
        { aggregator: feed('WETH'), answer: 2_222_00000000n, auctioned: false },
        { aggregator: feed('WBTC'), answer: 55_555_00000000n, auctioned: true },
      ],
      behind: null,
      seenAtMs: 5,
    },
  ])
  await rounds.stop()
  close()
})
