import { Wallet } from 'ethers'
import { KeptConnection } from '../../chain/kept-connection.js'
import { parseEndpointUrl } from '../../chain/endpoint-url.js'
import { WebSocketTransport } from '../../chain/web-socket-transport.js'
import type { Secret } from '../../config/secret.js'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { SettingsError } from '../../domain/errors.js'
import type { PriceSignal, PriceUpdateSource } from '../source.js'
import type { SourceContext } from './context.js'
import { isAddress, isHash, isRecord } from './hints.js'

const DEADLINE_MS = 4_000
const MOST_REMEMBERED = 256
const INT192 = 1n << 191n

/** A running auction: what a bid must repeat. */
export interface AtlasAuction {
  readonly auctionId: string
  readonly userOpHash: Hex
  /** Wei per gas that a bid must name to the unit. */
  readonly maxFeePerGas: Hex
  readonly deadline: Hex
  readonly aggregator: Address
}

/**
 * Chainlink's auction of SVR reports on Base, Arbitrum and BNB Chain (Atlas): `solver_subscribe ["userOperations"]` tells the
 * aggregator and the median of each report, `solver_submitSolverOperation` takes bids of a bonded account. The oracle
 * network sends the transaction, so a bid needs a contract with `atlasSolverCall`. Written from the published onboarding
 * guide and tested against a stub of it; bids are handed over signed, ready to send.
 */
export class AtlasHints implements PriceUpdateSource {
  readonly name = 'atlas'
  /** The account that must be bonded. */
  readonly solver: Address
  private readonly transport: WebSocketTransport
  private readonly auctions = new Map<Hex, AtlasAuction>()
  private connection: KeptConnection | null = null

  /** Throws `SettingsError('ATLAS_SOLVER_KEY')` without a key. */
  constructor(
    url: string,
    key: Secret | null,
    private readonly context: SourceContext,
  ) {
    if (key === null)
      throw new SettingsError(
        'ATLAS_SOLVER_KEY',
        'is not set: bids are signed by a bonded account; or leave ATLAS_URL empty',
      )
    this.solver = toAddress(new Wallet(key.reveal()).address)
    this.transport = new WebSocketTransport(parseEndpointUrl(url))
  }

  start(sink: (signal: PriceSignal) => void): Promise<void> {
    const { logger } = this.context
    const onPayload = (payload: unknown): void => {
      this.hear(payload, Date.now(), sink)
    }
    this.connection = new KeptConnection({
      name: this.name,
      open: (onLost) => this.transport.subscribe(['userOperations'], { onPayload, onLost }, DEADLINE_MS, 'solver'),
      logger,
    })
    this.connection.start()
    return Promise.resolve()
  }

  /** What a bid on this auction must repeat; null once it is forgotten. */
  auction(userOpHash: Hex): AtlasAuction | null {
    return this.auctions.get(userOpHash) ?? null
  }

  /** Hands a signed solver operation over. Rejects with what the auction says. */
  async bid({ auctionId }: AtlasAuction, signed: Readonly<Record<string, unknown>>): Promise<unknown> {
    const solution = { auction_id: auctionId, auction_solution: signed }
    return this.transport.send('solver_submitSolverOperation', [solution], DEADLINE_MS)
  }

  async stop(): Promise<void> {
    await this.connection?.stop()
    this.transport.close()
  }

  private hear(payload: unknown, seenAtMs: number, sink: (signal: PriceSignal) => void): void {
    const { metrics, aggregators, chainId } = this.context
    const found = readNotice(payload, chainId)
    const reason = found === null ? 'unreadable' : aggregators().has(found.auction.aggregator) ? null : 'unknown-feed'
    if (found === null || reason !== null) {
      metrics.count('price_reports_ignored', { source: this.name, reason: reason ?? 'unreadable' })
      return
    }
    const { auction, answer } = found
    this.auctions.set(auction.userOpHash, auction)
    for (const old of [...this.auctions.keys()].slice(0, -MOST_REMEMBERED)) this.auctions.delete(old)
    metrics.count('price_signals', { source: this.name })
    const behind = { kind: 'hint', auction: 'atlas', id: auction.userOpHash } as const
    // two auctions of one report run side by side; each is a signal, since a bid on one of them wins half of the time
    const { aggregator } = auction
    sink({ channel: 'hint', answers: [{ aggregator, answer, auctioned: true }], behind, seenAtMs })
  }
}

/** Null when it is no notice of a report on this chain. */
function readNotice(payload: unknown, chainId: number): { auction: AtlasAuction; answer: bigint } | null {
  if (!isRecord(payload) || !isRecord(payload['partial_user_operation'])) return null
  const { auction_id: auctionId, partial_user_operation: operation } = payload
  const { userOpHash, maxFeePerGas, deadline, hints } = operation as Record<string, unknown>
  if (typeof auctionId !== 'string' || auctionId.length > 64 || !isHash(userOpHash)) return null
  if (!isQuantity((operation as Record<string, unknown>)['chainId'])) return null
  if (Number((operation as Record<string, unknown>)['chainId']) !== chainId) return null
  if (!isQuantity(maxFeePerGas) || !isQuantity(deadline) || !isRecord(hints) || !isAddress(hints['aggregator']))
    return null
  const answer = integer(hints['medianPrice'])
  if (answer === null) return null
  const aggregator = toAddress(hints['aggregator'])
  return { auction: { auctionId, userOpHash, maxFeePerGas, deadline, aggregator }, answer }
}

const isQuantity = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)

/** A decimal or hex integer of an aggregator's range. */
function integer(value: unknown): bigint | null {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^(-?\d{1,60}|0x[0-9a-fA-F]{1,48})$/.test(text)) return null
  const number = BigInt(text)
  return number < INT192 && number >= -INT192 ? number : null
}
