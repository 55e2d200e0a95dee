import type { Auction, AuctionVenue, Funding, Phase, Snapshot, Terms, VenueReader } from '../../src/auctions/venue.js'
import { Batch } from '../../src/domain/batch.js'
import type { Address, BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import { RAY, divCeil, maxOf, minOf } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { DebtQueue } from './debt-queue.js'
import { type Flop, type FlopTerms, dent, isDealable, nextLot } from './flop.js'
import { FLOP, VOW } from './signatures.js'
import { freeDebt } from './vow-books.js'
import { flopHealth, readVow, startingOf, type VowReading } from './vow.js'

/** A debt auction of a Flopper: a fixed bid of coins for ever fewer governance tokens. */
export interface MakerFlopAuction extends Auction, Flop {
  readonly mechanism: 'english-lot-down'
  /** Rad. */
  readonly bid: bigint
  /** Zero where there is no such auction: one that was dealt stays readable, and a `tick` sets its end. */
  readonly guy: Address
  readonly terms: FlopTerms
  readonly live: boolean
  readonly us: Address
}

const NOBODY: Address = `0x${'0'.repeat(40)}`

/**
 * Debt auctions of Maker, shown and not bid in: Sky has switched them off, and what a standing bid is worth cannot be told from the
 * logs of its end (`deal` names neither winner nor bid), so the books could not follow one.
 */
export const makerFlopAuctions: AuctionVenue<MakerFlopAuction> = {
  id: 'maker-flop',
  mechanism: 'english-lot-down',
  bidsHere: false,
  gas: { bid: 88_000n, settle: 79_000n, restart: 37_000n },
  open: (market, us) => new FlopReader(market, us),

  phase(auction, t): Phase {
    if (auction.guy === NOBODY) return 'closed'
    if (!auction.live) return 'halted'
    if (isDealable(auction, t)) return 'settleable'
    if (auction.tic === 0n && auction.end < t) return 'restartable'
    return auction.guy === auction.us ? 'leading' : 'open'
  },

  quote(auction, t, cap): Terms | null {
    const step = makerFlopAuctions.nextStep(auction, t)
    return step === null || (cap !== undefined && step.pay > cap) ? null : step
  },

  nextStep(auction, t): Terms | null {
    const get = minOf(nextLot(auction, auction.terms), auction.lot - 1n)
    if (auction.guy === NOBODY || !auction.live || get <= 0n) return null
    return typeof dent(auction, get, auction.terms, t) === 'string' ? null : { pay: divCeil(auction.bid, RAY), get }
  },

  standing: ({ bid, lot }) => ({ pay: divCeil(bid, RAY), get: lot }),
  decreaseOf: ({ terms }) => terms.beg,
  funding({ payToken, terms, end }, { pay }, t): Funding {
    return { token: payToken, amount: pay, atomic: false, lockedUntil: minOf(t + terms.ttl, end) }
  },
  encodeBid: () => [],
  encodeSettle: () => [],
}

class FlopReader implements VenueReader<MakerFlopAuction> {
  private readonly queue: DebtQueue

  constructor(
    private readonly market: Market,
    private readonly us: Address,
  ) {
    this.queue = new DebtQueue(market)
  }

  async at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<MakerFlopAuction>> {
    const { market } = this
    const [vow, health, entries] = await Promise.all([
      readVow(reader, market, block.number),
      flopHealth(reader, market, block.number),
      this.queue.at(reader, block.number),
    ])
    const house = await this.house(reader, block)
    const fresh = this.auction(house, 0n, block, {
      ...{ bid: vow.sump, lot: vow.dump, guy: contractOf(market, 'vow'), tic: 0n, end: t + house.terms.tau },
    })
    return {
      health,
      auctions: house.bids.map(({ id, ...bid }) => this.auction(house, id, block, bid)),
      template: fresh,
      starting: health.enabled ? startingOf(market, vow, entries, fresh, t) : null,
      maturing: entries.map(({ era, rad }) => ({ debt: rad / RAY, at: era + vow.wait })),
      reserves: reservesOf(vow),
    }
  }

  private auction({ at, gem, terms, live }: House, id: bigint, block: BlockRef, bid: Bid): MakerFlopAuction {
    return {
      ref: { venue: makerFlopAuctions.id, house: at, id: id.toString() },
      mechanism: 'english-lot-down',
      ...{ payToken: contractOf(this.market, 'coin'), getToken: gem },
      leader: bid.tic === 0n ? null : bid.guy,
      bidExpiry: bid.tic === 0n ? null : bid.tic,
      ...{ deadline: bid.end, asOf: block, terms, live, us: this.us, ...bid },
    }
  }

  /** The Vow's Flopper and its newest auctions; what does not answer (none is set) has none. */
  private async house(reader: Reader, block: BlockRef): Promise<House> {
    const batch = new Batch(reader, block.number)
    const [set = '0x'] = await batch.all([VOW.flopper(contractOf(this.market, 'vow'))])
    const at = addressAt(set, 0)
    const answers = await batch.try([
      ...[FLOP.beg(at), FLOP.pad(at), FLOP.ttl(at), FLOP.tau(at), FLOP.kicks(at), FLOP.live(at), FLOP.gem(at)],
    ])
    const [beg, pad, ttl, tau, kicks, live] = answers.map(numberOf) as [bigint, bigint, bigint, bigint, bigint, bigint]
    const gem = addressAt(answers[6] || NOTHING, 0)
    const first = maxOf(1n, kicks - MOST_SHOWN + 1n)
    const ids = Array.from({ length: Number(kicks - first + 1n) }, (_, i) => first + BigInt(i))
    const bids = await batch.try(ids.map((id) => FLOP.bids(at, id)))
    return { at, gem, terms: { beg: maxOf(beg, 1n), pad, ttl, tau }, live: live === 1n, bids: ids.flatMap(bidOf(bids)) }
  }
}

const NOTHING: Hex = `0x${'0'.repeat(64)}`

/** The newest auctions of a Flopper that are looked at. */
const MOST_SHOWN = 64n

interface Bid extends Flop {
  readonly bid: bigint
  readonly guy: Address
}

interface House {
  readonly at: Address
  readonly gem: Address
  readonly terms: FlopTerms
  readonly live: boolean
  readonly bids: readonly (Bid & { readonly id: bigint })[]
}

const numberOf = (data: Hex | null | undefined): bigint => (data && data !== '0x' ? wordAt(data, 0) : 0n)

const bidOf =
  (answers: readonly (Hex | null)[]) =>
  (id: bigint, i: number): (Bid & { readonly id: bigint })[] => {
    const data = answers[i]
    if (!data || data === '0x' || addressAt(data, 2) === NOBODY) return []
    const [bid, lot, tic, end] = [0, 1, 3, 4].map((index) => wordAt(data, index)) as [bigint, bigint, bigint, bigint]
    return [{ id, bid, lot, guy: addressAt(data, 2), tic, end }]
  }

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
