import type { Server } from 'node:http'
import { messageOf } from '../../domain/errors.js'
import { silentLogger, type Logger } from '../../domain/ports.js'
import { close, listen } from '../proxy/proxy.js'
import type { PublicPool } from '../proxy/public-pool.js'
import { Upstream } from '../proxy/upstream.js'
import { makeBlock, type ProducedBlock } from './block-maker.js'
import { BundleStore } from './bundle-store.js'
import type { ProduceOptions } from './eligibility.js'
import { PERSONALITIES, type PersonalityName } from './personality.js'
import { RateLimiter } from './rate-limiter.js'
import { RelayFaultQueue, type RelayFaultOptions } from './relay-fault-queue.js'
import type { RelayFaultKind } from './relay-faults.js'
import { relayMethods } from './relay-methods.js'
import { relayServer } from './relay-server.js'
import { reorganise, type Reorg, type ReorgOptions } from './reorg.js'
import type { BundleRecord } from './submission.js'
import { Clock } from './timing.js'

export interface RelayOptions {
  readonly name: string
  readonly personality: PersonalityName
  /** Default: a free port. */
  readonly port?: number
  /** Requests per minute by method; default those of the Flashbots documentation. */
  readonly limits?: Readonly<Record<string, number>>
}

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
}

export interface Builder {
  /** In the order of `relays`. */
  readonly relayUrls: readonly string[]
  relayUrl(name: string): string
  readonly coinbase: string
  produceBlock(options?: ProduceOptions): Promise<ProducedBlock>
  /** Options for the next blocks of the clock, one block each. */
  script(...blocks: readonly ProduceOptions[]): void
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

interface Relay {
  readonly name: string
  readonly url: string
  readonly server: Server
  readonly faults: RelayFaultQueue
  readonly counters: Map<string, number>
}

const BUILDER_COINBASE = '0x00000000000000000000000000000000b111de12'

/**
 * Starts the local builder: relay endpoints that take private bundles, and block production, which alone feeds anvil.
 * Throws `KeeperError('devnet-port')` when a port is taken.
 */
export async function startBuilder(options: BuilderOptions): Promise<Builder> {
  const { pool, manual = false, blockTimeSeconds = 1, coinbase = BUILDER_COINBASE } = options
  const logger = options.logger ?? silentLogger
  const upstream = new Upstream(options.anvil.rpcUrl)
  const store = new BundleStore()
  const parts = { upstream, pool, store, coinbase, blockTimeSeconds, wallClock: !manual }
  // an address that was never paid makes its first payment 25,000 gas dearer
  if ((await upstream.balance(coinbase)) === 0n) await upstream.call('anvil_setBalance', [coinbase, '0x1'])
  const relays = await startRelays(options, upstream, store)
  const scripted: ProduceOptions[] = []
  const inTurn = queue()
  const produce = (wanted: ProduceOptions): Promise<ProducedBlock> => inTurn(() => makeBlock(parts, wanted))
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
    produceBlock: (wanted = {}) => produce(wanted),
    script: (...blocks) => {
      scripted.push(...blocks)
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
      await Promise.all(relays.map(({ server }) => close(server)))
      upstream.close()
    },
  }
}

async function startRelays(options: BuilderOptions, upstream: Upstream, store: BundleStore): Promise<Relay[]> {
  const started: Relay[] = []
  try {
    for (const relay of options.relays) started.push(await startRelay(relay, options, upstream, store))
  } catch (error) {
    await Promise.all(started.map(({ server }) => close(server)))
    upstream.close()
    throw error
  }
  return started
}

async function startRelay(
  { name, personality, port = 0, limits }: RelayOptions,
  { pool, host = '127.0.0.1', maxBlocksAhead = 25 }: BuilderOptions,
  upstream: Upstream,
  store: BundleStore,
): Promise<Relay> {
  const faults = new RelayFaultQueue()
  const counters = new Map<string, number>()
  const character = PERSONALITIES[personality]
  const count = (event: string): void => {
    counters.set(event, (counters.get(event) ?? 0) + 1)
  }
  const server = relayServer({
    personality: character,
    methods: relayMethods({ relay: name, personality: character, upstream, pool, store, maxBlocksAhead, count }),
    faults,
    limiter: new RateLimiter(limits),
    count,
  })
  return { name, url: `http://${await listen(server, host, port)}`, server, faults, counters }
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
