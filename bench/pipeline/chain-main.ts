import { HDNodeWallet, Transaction, Wallet } from 'ethers'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { startDevnet, type Devnet } from '../../src/devnet/devnet.js'
import { watchParent } from '../../src/devnet/parent-watch.js'
import { forwardedTransmit } from '../../src/devnet/transmit.js'
import { messageOf } from '../../src/domain/errors.js'
import type { Hex } from '../../src/domain/chain.js'
import { queueOfPositions } from './positions.js'
import type { Answer, Ask, Described, Made, Read, Services, Transmit } from './messages.js'

/** For so long a relay that has read a body does not think: the others of this process read meanwhile. */
const THINK_AFTER_MS = 25
/** Two of each of two sets of fields. */
const RELAYS = [
  { name: 'flashbots', personality: 'flashbots' },
  { name: 'buildernet', personality: 'buildernet' },
  { name: 'titan', personality: 'titan' },
  { name: 'second titan', personality: 'titan' },
] as const
/** The well-known phrase of anvil; its account 5 is the oracle node's. */
const PHRASE = 'test test test test test test test test test test test junk'
const ORACLE_PATH = "m/44'/60'/0'/0/5"
const TRANSMIT_GAS = 400_000n

const send = (message: Answer | Read): void => {
  process.send?.(message)
}

/** Bodies that were read so far. */
let bodies = 0

async function onRead(relay: string): Promise<void> {
  const atNs = process.hrtime.bigint().toString()
  bodies++
  await sleep(THINK_AFTER_MS)
  send({ read: relay, atNs })
}

/** The chain with its relays, in a process of its own: what they do with a bundle must not wait for the keeper's thread. */
class Chain {
  private readonly oracle = HDNodeWallet.fromPhrase(PHRASE, undefined, ORACLE_PATH)
  private readonly stranger = Wallet.createRandom()
  private epochAndRound = 1_000n
  private seen = 0

  private constructor(private readonly devnet: Devnet) {}

  static async start(positions: number): Promise<Chain> {
    const limits = { eth_sendBundle: 60_000, eth_cancelBundle: 60_000, eth_callBundle: 60_000 }
    const devnet = await startDevnet({
      ...{ positions: queueOfPositions(positions), markets: ['v3.6'], manual: true, onRead },
      relays: RELAYS.map((relay) => ({ ...relay, limits })),
    })
    const chain = new Chain(devnet)
    await devnet.anvil.rpc('anvil_setBalance', [chain.stranger.address, '0x8ac7230489e80000'])
    return chain
  }

  describe(): Described {
    const { description, executor, positions } = this.devnet
    const relayUrls = description.relayUrls.map((url, i) => `${url}/#${RELAYS[i]?.personality ?? ''}`)
    return {
      env: { ...description.env, RELAY_URLS: relayUrls.join(','), PENDING_TRANSMITS: 'false' },
      relayUrls,
      executor,
      quoter: this.devnet.ground.uniswap.quoter.address,
      operatorKey: description.env['PRIVATE_KEY'] ?? '',
      strangerKey: this.stranger.privateKey,
      positions: positions.map(({ account }) => account),
      etherPrice: OPENING_PRICES.WETH.toString(),
    }
  }

  async transmit(price8: bigint): Promise<Transmit> {
    const { feeds } = this.devnet.ground
    const aggregator = feeds.aggregators.WETH?.address
    if (aggregator === undefined) throw new Error('ether has no aggregator')
    const { rpc, chainId } = this.devnet.anvil
    const report = {
      observationsTimestamp: Math.floor(Date.now() / 1000),
      observations: [price8 - 1n, price8, price8 + 1n],
      epochAndRound: ++this.epochAndRound,
    }
    const raw = await this.oracle.signTransaction({
      type: 2,
      chainId,
      nonce: Number(await rpc('eth_getTransactionCount', [this.oracle.address, 'latest'])),
      to: feeds.forwarder.address,
      data: forwardedTransmit(aggregator, report),
      gasLimit: TRANSMIT_GAS,
      maxFeePerGas: 100_000_000_000n,
      maxPriorityFeePerGas: 1_000_000_000n,
    })
    return { raw: raw as Hex, body: JSON.stringify(bodyOf(raw)) }
  }

  async block(first: readonly Hex[]): Promise<Made> {
    const { builder } = this.devnet
    await this.decided()
    const { number } = await builder.produceBlock({ extraTransactionsBefore: first })
    const news = builder.records().filter(({ id, lastBlock }) => id > this.seen && lastBlock <= number)
    this.seen = Math.max(this.seen, ...news.map(({ id }) => id))
    const bundles = news.map(({ transactionHashes, outcome }) => ({
      transactions: transactionHashes,
      landed: outcome.kind === 'landed',
      why: outcome.kind === 'dropped' ? `${outcome.reason}: ${outcome.detail}` : outcome.kind,
    }))
    return { number, bundles }
  }

  /** Returns when the relays have taken or refused everything they have read. */
  private async decided(): Promise<void> {
    const answered = (): number =>
      RELAYS.reduce((sum, { name }) => {
        for (const [event, count] of this.devnet.builder.counters(name))
          if (/^(accepted:|rejected:|internal-error)/.test(event)) sum += count
        return sum
      }, 0)
    while (answered() < bodies) await sleep(2)
  }

  async arbitrage(): Promise<number> {
    await this.devnet.moveMarket({})
    return (await this.devnet.builder.produceBlock()).number
  }

  refused(): Record<string, number> {
    const sum: Record<string, number> = {}
    for (const { name } of RELAYS)
      for (const [event, count] of this.devnet.builder.counters(name))
        if (event.startsWith('rejected:') || event === 'internal-error') sum[event] = (sum[event] ?? 0) + count
    return sum
  }

  answer({ service, ask }: Ask): Promise<Services[typeof service]['answer']> | Services[typeof service]['answer'] {
    switch (service) {
      case 'describe':
        return this.describe()
      case 'transmit':
        return this.transmit(BigInt(ask))
      case 'block':
        return this.block(ask.first)
      case 'arbitrage':
        return this.arbitrage()
      case 'refused':
        return this.refused()
    }
  }

  stop(): Promise<void> {
    return this.devnet.stop()
  }
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`

/** A transaction as nodes announce it while it is pending. */
function bodyOf(raw: string): Record<string, unknown> {
  const { hash, from, to, data, nonce, gasLimit, value, chainId, maxFeePerGas, maxPriorityFeePerGas, signature } =
    Transaction.from(raw)
  return {
    ...{ hash, from: from?.toLowerCase(), to: to?.toLowerCase(), input: data, type: '0x2', accessList: [] },
    ...{ nonce: hex(nonce), gas: hex(gasLimit), value: hex(value), chainId: hex(chainId) },
    ...{ maxFeePerGas: hex(maxFeePerGas ?? 0n), maxPriorityFeePerGas: hex(maxPriorityFeePerGas ?? 0n) },
    ...{ r: signature?.r, s: signature?.s, yParity: hex(signature?.yParity ?? 0), v: hex(signature?.yParity ?? 0) },
    ...{ blockHash: null, blockNumber: null, transactionIndex: null },
  }
}

async function main(): Promise<void> {
  const chain = await Chain.start(Number(process.argv[2]))
  const end = (): void => {
    void chain.stop().finally(() => process.exit(0))
  }
  watchParent(end)
  process.once('disconnect', end)
  process.once('SIGTERM', end)
  process.on('message', (ask: Ask) => {
    void Promise.resolve()
      .then(() => chain.answer(ask))
      .then(
        (answer) => {
          send({ id: ask.id, answer })
        },
        (error: unknown) => {
          send({ id: ask.id, error: messageOf(error) })
        },
      )
  })
  send({ id: 0, answer: 'ready' })
}

main().catch((error: unknown) => {
  send({ id: 0, error: messageOf(error) })
  process.exitCode = 1
})
