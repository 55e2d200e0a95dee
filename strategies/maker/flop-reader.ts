import type { Snapshot, VenueReader } from '../../src/auctions/venue.js'
import type { Address, BlockRef, Reader } from '../../src/domain/chain.js'
import { RAY, maxOf } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { DebtQueue } from './debt-queue.js'
import type { MakerFlopAuction } from './flop-auctions.js'
import { type FlopBid, type FlopHouse, FlopHouseReader } from './flop-house.js'
import { kickedBids } from './kicked-bids.js'
import { freeDebt } from './vow-books.js'
import { flopHealth, readVow, type VowReading } from './vow.js'
import { startingOf } from './vow-upkeep.js'

/** Reads the debt auctions of one market: what is open, what waits in the queue, and what can be started. */
export class FlopReader implements VenueReader<MakerFlopAuction> {
  private readonly queue: DebtQueue
  private readonly houses: FlopHouseReader

  constructor(
    private readonly market: Market,
    private readonly us: Address,
  ) {
    this.queue = new DebtQueue(market)
    this.houses = new FlopHouseReader(market, us)
  }

  async at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<MakerFlopAuction>> {
    const { market } = this
    const [vow, protocol, entries, house] = await Promise.all([
      readVow(reader, market, block.number),
      flopHealth(reader, market, block.number),
      this.queue.at(reader, block.number),
      this.houses.at(reader, block.number),
      // before anything is bid: without it no end could be booked
      kickedBids(market)?.readTo(reader, block.number),
    ])
    const fresh = (id: bigint): MakerFlopAuction =>
      this.auction(house, block, {
        ...{ id, bid: vow.sump, lot: vow.dump, guy: contractOf(market, 'vow'), tic: 0n, end: t + house.terms.tau },
      })
    const unbid = house.bids.reduce((sum, { tic, bid }) => (tic === 0n ? sum + bid : sum), 0n)
    const reasons = [...protocol.reasons, ...house.lacks]
    return {
      health: { enabled: reasons.length === 0, reasons },
      auctions: house.bids.map((bid) => this.auction(house, block, bid)),
      template: fresh(0n),
      starting: protocol.enabled
        ? startingOf(market, vow, { entries, unbid, t }, (i) => fresh(house.kicks + BigInt(i) + 1n))
        : null,
      maturing: entries.map(({ era, rad }) => ({ debt: rad / RAY, at: era + vow.wait })),
      reserves: reservesOf(vow),
    }
  }

  private auction({ at, gem, terms, live }: FlopHouse, block: BlockRef, { id, ...bid }: FlopBid): MakerFlopAuction {
    return {
      ref: { venue: 'maker-flop', house: at, id: id.toString() },
      mechanism: 'english-lot-down',
      ...{ payToken: contractOf(this.market, 'coin'), getToken: gem },
      leader: bid.tic === 0n ? null : bid.guy,
      bidExpiry: bid.tic === 0n ? null : bid.tic,
      ...{ deadline: bid.end, asOf: block, terms, live, us: this.us, ...bid },
    }
  }
}

/** Pay tokens, rounded down; all that the Vow owes itself in rad. */
function reservesOf({ books }: VowReading): Snapshot['reserves'] {
  const { sin, dai, queued, onAuction } = books
  return {
    surplus: maxOf(0n, dai - sin) / RAY,
    queuedDebt: queued / RAY,
    auctionableDebt: maxOf(0n, freeDebt(books)) / RAY,
    onAuctionDebt: onAuction / RAY,
    badDebt: maxOf(0n, sin - dai),
  }
}
