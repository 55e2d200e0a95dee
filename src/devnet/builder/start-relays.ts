import type { Server } from 'node:http'
import { close, listen } from '../proxy/proxy.js'
import type { PublicPool } from '../proxy/public-pool.js'
import type { Upstream } from '../proxy/upstream.js'
import type { BundleStore } from './bundle-store.js'
import type { HiddenPool } from './mev-share/hidden-pool.js'
import { PERSONALITIES, type PersonalityName } from './personality.js'
import { RateLimiter } from './rate-limiter.js'
import { RelayFaultQueue } from './relay-fault-queue.js'
import { relayMethods } from './relay-methods.js'
import { relayServer, type RelayRead } from './relay-server.js'

export interface RelayOptions {
  readonly name: string
  readonly personality: PersonalityName
  /** Default: a free port. */
  readonly port?: number
  /** Requests per minute by method; default those of the Flashbots documentation. */
  readonly limits?: Readonly<Record<string, number>>
}

export interface Relay {
  readonly name: string
  readonly url: string
  readonly mevShare: boolean
  readonly server: Server
  readonly faults: RelayFaultQueue
  readonly counters: Map<string, number>
}

/** What all relays of one builder share. */
export interface RelayGround {
  readonly upstream: Upstream
  readonly pool: PublicPool
  readonly store: BundleStore
  readonly hidden: HiddenPool
  readonly maxBlocksAhead: number
  readonly host: string
  /** Hears of every body that a relay has read, before the relay thinks about it. */
  readonly onRead?: RelayRead
}

/** All of them or none: throws `KeeperError('devnet-port')` when a port is taken. */
export async function startRelays(relays: readonly RelayOptions[], ground: RelayGround): Promise<Relay[]> {
  const started: Relay[] = []
  try {
    for (const relay of relays) started.push(await startRelay(relay, ground))
  } catch (error) {
    await Promise.all(started.map(({ server }) => close(server)))
    throw error
  }
  return started
}

async function startRelay(
  { name, personality, port = 0, limits }: RelayOptions,
  { upstream, pool, store, hidden, maxBlocksAhead, host, onRead }: RelayGround,
): Promise<Relay> {
  const faults = new RelayFaultQueue()
  const counters = new Map<string, number>()
  const character = PERSONALITIES[personality]
  const count = (event: string): void => {
    counters.set(event, (counters.get(event) ?? 0) + 1)
  }
  const parts = { relay: name, personality: character, upstream, pool, store, hidden, maxBlocksAhead, count }
  const server = relayServer({
    personality: character,
    methods: relayMethods(parts),
    faults,
    limiter: new RateLimiter(limits),
    count,
    ...(onRead === undefined ? {} : { onRead: () => onRead(name) }),
  })
  const url = `http://${await listen(server, host, port)}`
  return { name, url, mevShare: character.mevShare, server, faults, counters }
}
