import { floorOf, readRooms, type AgentHolding, type HoldingRoom } from '../../../auctions/agent.js'
import type { Fair } from '../../../auctions/expected-profit.js'
import type { Capital } from '../../../auctions/protocol.js'
import type { VenueView } from '../../../auctions/round.js'
import { Spendable } from '../../../auctions/spendable.js'
import type { MarketNeeds } from '../../../auctions/wanted-agent.js'
import type { AuctionVenue, Snapshot, VenueReader } from '../../../auctions/venue.js'
import type { AuctionConfig } from '../../../config/auction-config.js'
import type { ChainConfig } from '../../../config/market-file.js'
import { nextBaseFee } from '../../../domain/base-fee.js'
import type { Address, Head, Reader } from '../../../domain/chain.js'
import { WAD } from '../../../domain/maths.js'
import { encodeOrder } from '../../../execution/executor/encode.js'
import type { DataFee } from '../../../profit/data-fee/data-fee.js'
import { readDataFee } from '../../../profit/data-fee/rollups.js'
import { PoolLoader } from '../../../profit/pool-loader.js'
import { venuesOf } from '../../../profit/venues.js'
import type { KnownMarket } from '../../strategies.js'
import { Exits } from './exits.js'
import { PriceWatch, type Doubts } from './price-watch.js'

/** A market whose auctions we take part in. */
export interface AuctionMarket {
  readonly known: KnownMarket
  readonly refill: NonNullable<KnownMarket['refill']>
  readonly config: AuctionConfig
}

/** What an agent at this address needs for each of these markets. */
export const needsOf = (markets: readonly AuctionMarket[], agent: Address): MarketNeeds[] =>
  markets.map(({ refill, known, config }) => ({
    ...{ needs: refill.agentNeeds(known.market, agent), router: config.router },
  }))

export interface SceneOptions {
  readonly reader: Reader
  readonly chain: ChainConfig
  readonly agent: Address
  readonly holdings: readonly AgentHolding[]
  readonly confirmations: number
}

interface Stock extends Doubts {
  readonly token: Address
  readonly held: bigint
}

/** Everything that one block's decisions rest on, all of it read at that block. */
export interface Scene {
  readonly head: Head
  readonly views: readonly VenueView[]
  readonly exits: Exits
  readonly capital: Capital
  readonly spendable: bigint
  readonly rooms: ReadonlyMap<Address, { readonly holding: AgentHolding; readonly room: HoldingRoom }>
  /** Won tokens of each kind in the agent's wallet, with why their price is not to be bid on (`doubt`), not to be sold at (`fall`). */
  readonly stock: readonly Stock[]
  /** What the chain charges for the data of a transaction. */
  readonly data: DataFee
  /** Least wei for which so much may be sold; null: it may not be. */
  floor(token: Address, amount: bigint): bigint | null
}

/** Reads one market's auctions, the agent's means and the prices of both, block by block. */
export class SceneReader {
  private readonly venues: readonly { readonly venue: AuctionVenue; readonly reader: VenueReader }[]
  private readonly prices: PriceWatch
  private readonly spendable: Spendable
  private readonly pools: PoolLoader
  private newest: { number: number; hash: string } | null = null

  constructor(
    readonly market: AuctionMarket,
    private readonly options: SceneOptions,
  ) {
    const { agent, chain, confirmations } = options
    this.venues = market.refill.venues.map((venue) => ({ venue, reader: venue.open(market.known.market, agent) }))
    this.spendable = new Spendable(confirmations)
    this.pools = new PoolLoader(venuesOf(chain), chain)
    this.prices = new PriceWatch(market.config)
  }

  /** `t`: timestamp of the block that is decided for. Rejects as reading does. */
  async at(head: Head, t: bigint): Promise<Scene> {
    const { reader, chain, agent, holdings } = this.options
    const pay = this.market.refill.payToken(this.market.known.market).address
    const [snapshots, capital, rooms, data] = await Promise.all([
      Promise.all(this.venues.map(({ reader: venue }) => venue.at(reader, head, t))),
      this.capital(head),
      readRooms(reader, agent, holdings, head.number),
      readDataFee(reader, chain.id, head.number, nextBaseFee(head), encodeOrder),
    ])
    const byToken = new Map(holdings.flatMap((holding, i) => pair(holding, rooms[i])))
    const sold = holdings.map(({ token }) => token).filter((token) => token !== pay)
    const exits = await this.exits(sold, pay, head.number)
    const first = this.market.known.market.deployBlock
    await this.prices.learn({ reader, chain, tokens: sold, pay, head, first })
    const stock = sold.map((token) => ({
      ...{ token, held: byToken.get(token)?.room.sum ?? 0n },
      ...this.prices.saw(token, exits, head.timestamp),
    }))
    const views = this.venues.map(({ venue }, i) => this.view(venue, snapshots[i], { exits, stock, head, byToken }))
    return {
      ...{ head, exits, capital, data, rooms: byToken, stock, spendable: this.spendable.least(head.number) },
      views: views.filter((view) => view !== null),
      floor(token, amount) {
        const known = byToken.get(token)
        return known === undefined ? null : floorOf(known.holding, holdings, amount)
      },
    }
  }

  private view(
    venue: AuctionVenue,
    snapshot: Snapshot | undefined,
    { exits, stock, head, byToken }: Pick<Scene, 'exits' | 'stock' | 'head'> & { byToken: Scene['rooms'] },
  ): VenueView | null {
    if (snapshot === undefined) return null
    const { config } = this.market
    const { getToken } = snapshot.template
    // what is kept of the native token is no stock that waits for a buyer
    const isStock = getToken !== this.options.chain.wrappedNative
    const held = isStock ? (byToken.get(getToken)?.room.sum ?? 0n) : 0n
    const price = stock.find(({ token }) => token === getToken)
    return { venue, snapshot, held, fair: (behind) => fairOf(exits, getToken, behind, config, head, price) }
  }

  private async capital(head: Head): Promise<Capital> {
    const { reader, agent } = this.options
    const { refill, known } = this.market
    // another fork: what was read of the last blocks may be of the old one
    if (this.newest !== null && (head.number <= this.newest.number || head.parentHash !== this.newest.hash))
      this.spendable.forgetFrom(Math.min(head.number, this.newest.number) - this.options.confirmations)
    this.newest = { number: head.number, hash: head.hash }
    const first = known.market.deployBlock
    const blocks = this.spendable.missing(head.number).filter((block) => block >= first)
    const read = await Promise.all(
      [...new Set([...blocks, head.number])].map(async (number) => {
        const capital = await refill.capital(reader, known.market, agent, { ...head, number })
        return { number, capital }
      }),
    )
    for (const { number, capital } of read) this.spendable.saw(number, capital.wallet + capital.internal)
    return read.find(({ number }) => number === head.number)?.capital ?? { wallet: 0n, internal: 0n }
  }

  private async exits(tokens: readonly Address[], pay: Address, block: number): Promise<Exits> {
    const { reader, chain } = this.options
    const sales = tokens.map((token) => ({ collateral: { address: token }, debt: { address: pay } }))
    const book = await this.pools.load(reader, sales, block)
    return new Exits(book, chain.wrappedNative, pay)
  }
}

const pair = (
  holding: AgentHolding,
  room: HoldingRoom | undefined,
): [Address, { readonly holding: AgentHolding; readonly room: HoldingRoom }][] =>
  room === undefined ? [] : [[holding.token, { holding, room }]]

/** What `get` of a token brings in pay tokens behind `behind` of the same; nothing where no pool takes so much. */
function fairOf(
  exits: Exits,
  token: Address,
  behind: bigint,
  config: AuctionConfig,
  head: Head,
  price: Doubts | undefined,
): Fair {
  const before = exits.proceeds(token, behind)
  return {
    proceeds(get) {
      const after = before === null ? null : exits.proceeds(token, behind + get)
      if (before === null || after === null || after <= before) return 0n
      return price?.careful(after - before) ?? after - before
    },
    sigmaDay: (config.sigmaDayBps * WAD) / 10_000n,
    at: head.timestamp,
    maxAgeSeconds: config.priceMaxAgeSeconds,
    doubt: price?.doubt ?? null,
  }
}
