import { id } from 'ethers'
import { messageOf } from '../../domain/errors.js'
import { silentLogger, type Logger } from '../../domain/ports.js'
import { decodeSigned } from '../proxy/decoded.js'
import { bigintOf, quantity } from '../proxy/json-rpc.js'
import { close, listen } from '../proxy/proxy.js'
import type { PublicPool } from '../proxy/public-pool.js'
import { Upstream } from '../proxy/upstream.js'
import { makeBlock, type ProducedBlock } from './block-maker.js'
import { BundleStore } from './bundle-store.js'
import type { ProduceOptions } from './eligibility.js'
import { HiddenPool, type Hidden } from './mev-share/hidden-pool.js'
import { Payer } from './mev-share/payer.js'
import { hintStream, type HintStream } from './mev-share/stream.js'
import type { RelayFaultOptions } from './relay-fault-queue.js'
import type { RelayFaultKind } from './relay-faults.js'
import type { RelayRead } from './relay-server.js'
import { reorganise, type Reorg, type ReorgOptions } from './reorg.js'
import { startRelays, type Relay, type RelayGround, type RelayOptions } from './start-relays.js'
import type { BundleRecord } from './submission.js'
import { Clock } from './timing.js'

export interface BuilderOptions {
  /** Started with `autoMine: false`. */
  readonly anvil: { readonly rpcUrl: string }
  /** The proxy's. */
  readonly pool: PublicPool
  readonly relays: readonly RelayOptions[]
  /** Default 1. */
  readonly blockTimeSeconds?: number
  /** True: blocks come from `produceBlock` and are exactly one block time apart. Default: a clock makes them. */
  readonly manual?: boolean
  /** The builder's own address, where payments go. */
  readonly coinbase?: string
  /** How many blocks ahead a bundle may aim; default 25. */
  readonly maxBlocksAhead?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly logger?: Logger
  /** Milliseconds between two signs of life of the stream of hints; default 15,000. */
  readonly pingMs?: number
  /** Hears of every body that a relay has read, before the relay thinks about it. */
  readonly onRead?: RelayRead
}

export interface Builder {
  /** In the order of `relays`. */
  readonly relayUrls: readonly string[]
  relayUrl(name: string): string
  readonly coinbase: string
  /** Where hints of hidden transactions are heard (server-sent events). */
  readonly streamUrl: string
  /** The relay that takes `mev_*`; null when none does. */
  readonly mevShareUrl: string | null
  /** Hides signed transactions of one sender, in nonce order, as their owner would; everybody hears the hint. */
  hide(raw: readonly string[], options?: Partial<Pick<Hidden, 'hints' | 'refundPercent'>>): Promise<Hidden>
  /** The stream's faults. */
  readonly stream: Pick<HintStream, 'listeners' | 'drop' | 'inject'>
  produceBlock(options?: ProduceOptions): Promise<ProducedBlock>
  /** Options for the next blocks of the clock, one block each. */
  script(...blocks: readonly ProduceOptions[]): void
  /** Signed transactions of others that come first in the next block that is begun; nobody sees them before. */
  insert(...raw: readonly string[]): void
  /** The clock; `startBuilder` has started it unless `manual`. */
  startClock(): void
  stopClock(): Promise<void>
  reorg(depth: number, options?: ReorgOptions): Promise<Reorg>
  records(): readonly BundleRecord[]
  /** Events of one relay: `request:<method>`, `accepted:<method>`, `rejected:<name>`, `duplicate:<method>`, `internal-error`. */
  counters(relay: string): ReadonlyMap<string, number>
  fault(relay: string, kind: RelayFaultKind, options?: RelayFaultOptions): void
  clearFaults(relay?: string): void
  /** Frees all ports and timers; waits for the block in the making. */
  stop(): Promise<void>
}

/** The builder pays refunds from its own account, so it has a key and more than it can have earned. */
const BUILDER_KEY = id('the local builder')
const BUILDER_BALANCE = quantity(10n ** 22n)

/**
 * Starts the local builder: relay endpoints that take private bundles, and block production, which alone feeds anvil.
 * Throws `KeeperError('devnet-port')` when a port is taken.
 */
export async function startBuilder(options: BuilderOptions): Promise<Builder> {
  const { pool, manual = false, blockTimeSeconds = 1, host = '127.0.0.1', maxBlocksAhead = 25 } = options
  const logger = options.logger ?? silentLogger
  const upstream = new Upstream(options.anvil.rpcUrl)
  const [store, hidden] = [new BundleStore(), new HiddenPool()]
  const { onRead } = options
  const ground = { upstream, pool, store, hidden, maxBlocksAhead, host, ...(onRead === undefined ? {} : { onRead }) }
  const payer = new Payer(BUILDER_KEY, bigintOf(await upstream.call('eth_chainId')))
  const coinbase = options.coinbase ?? payer.address
  await upstream.call('anvil_setBalance', [payer.address, BUILDER_BALANCE])
  // an address that was never paid makes its first payment 25,000 gas dearer
  if ((await upstream.balance(coinbase)) === 0n) await upstream.call('anvil_setBalance', [coinbase, '0x1'])
  const { relays, stream, streamUrl } = await openAll(options, ground)
  const shareRelay = relays.find(({ mevShare }) => mevShare) ?? null
  const parts = {
    ...{ upstream, pool, store, hidden, payer, coinbase, blockTimeSeconds, wallClock: !manual },
    shareRelay: shareRelay?.name ?? null,
  }
  const scripted: ProduceOptions[] = []
  const inserted: string[] = []
  const inTurn = queue()
  const produce = (wanted: ProduceOptions): Promise<ProducedBlock> =>
    inTurn(() => {
      const extraTransactionsBefore = [...inserted.splice(0), ...(wanted.extraTransactionsBefore ?? [])]
      return makeBlock(parts, { ...wanted, extraTransactionsBefore })
    })
  const clock = new Clock(blockTimeSeconds * 1000, async () => {
    try {
      await produce(scripted.shift() ?? {})
    } catch (error) {
      logger.error('block-failed', { error: messageOf(error) })
    }
  })
  const relay = (name: string): Relay => {
    const found = relays.find((one) => one.name === name)
    if (!found) throw new RangeError(`no relay is called ${name}`)
    return found
  }
  if (!manual) clock.start()
  return {
    relayUrls: relays.map(({ url }) => url),
    relayUrl: (name) => relay(name).url,
    coinbase,
    streamUrl,
    mevShareUrl: shareRelay?.url ?? null,
    stream,
    hide: async (raw, wanted = {}) => hidden.add(raw.map(decodeSigned), (await upstream.head()).number, wanted),
    produceBlock: (wanted = {}) => produce(wanted),
    script: (...blocks) => {
      scripted.push(...blocks)
    },
    insert: (...raw) => {
      inserted.push(...raw)
    },
    startClock: () => {
      clock.start()
    },
    stopClock: () => clock.stop(),
    reorg: (depth, wanted = {}) =>
      inTurn(async () => {
        const reorg = await reorganise(upstream, pool, depth, wanted)
        store.reorg(reorg)
        return reorg
      }),
    records: () => store.records(),
    counters: (name) => new Map(relay(name).counters),
    fault: (name, kind, faultOptions = {}) => {
      relay(name).faults.add(kind, faultOptions)
    },
    clearFaults: (name) => {
      for (const { faults } of name === undefined ? relays : [relay(name)]) faults.clear()
    },
    stop: async () => {
      await clock.stop()
      await inTurn(() => Promise.resolve())
      stream.close()
      await Promise.all([stream.server, ...relays.map(({ server }) => server)].map(close))
      upstream.close()
    },
  }
}

interface Open {
  readonly relays: readonly Relay[]
  readonly stream: HintStream
  readonly streamUrl: string
}

/** Relays and the stream, or nothing: throws `KeeperError('devnet-port')` when a port is taken. */
async function openAll(options: BuilderOptions, ground: RelayGround): Promise<Open> {
  try {
    const relays = await startRelays(options.relays, ground)
    const stream = hintStream(ground.hidden, options.pingMs)
    return { relays, stream, streamUrl: `http://${await listen(stream.server, ground.host, 0)}` }
  } catch (error) {
    ground.upstream.close()
    throw error
  }
}

/** Runs what it is given one after the other. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
