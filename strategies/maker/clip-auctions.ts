import type { Auction, AuctionVenue, Funding, Phase, Snapshot, Terms, VenueReader } from '../../src/auctions/venue.js'
import { Batch } from '../../src/domain/batch.js'
import type { BlockRef, Reader } from '../../src/domain/chain.js'
import { MAX_UINT256, RAY, divCeil } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { type ClipTerms, type Sale, statusOf, take } from './clip.js'
import { contractOf } from './contracts.js'
import { type ClipReading, readClip, readSales } from './read-clip.js'
import { CLIP, TOKEN, VAT } from './signatures.js'

/** A falling-price auction of a Clipper with everything its price turns on. */
export interface MakerClipAuction extends Auction, Sale {
  readonly mechanism: 'dutch'
  readonly terms: ClipTerms
  /** Units of the Vat in one raw unit of the collateral. */
  readonly unit: bigint
}

/**
 * Collateral auctions of a Clipper, with the quotes of `Clipper.take`. They are bought from like any position (`sale:7`), with the
 * coins of the pool that buys the collateral, so no capital of the agent's is bid in them: it only starts them, for the incentive.
 */
export const makerClipAuctions: AuctionVenue<MakerClipAuction> = {
  id: 'maker-clip',
  mechanism: 'dutch',
  bidsHere: false,
  gas: { bid: 330_000n, settle: 0n, restart: 111_000n },
  open: (market) => new ClipReader(market),

  phase(auction, t): Phase {
    if (auction.lot === 0n || auction.tab === 0n) return 'closed'
    if (auction.terms.stopped >= 3n) return 'halted'
    return statusOf(auction, auction.terms, t).needsRedo ? 'restartable' : 'open'
  },

  quote(auction, t, cap): Terms | null {
    if (makerClipAuctions.phase(auction, t) !== 'open') return null
    const { price } = statusOf(auction, auction.terms, t)
    const amount = cap === undefined || price === 0n ? auction.lot : (cap * RAY) / price
    const taken = take(auction, auction.terms, t, amount, MAX_UINT256)
    if (typeof taken === 'string' || taken.slice < auction.unit) return null
    return { pay: divCeil(taken.owe, RAY), get: taken.slice / auction.unit }
  },

  nextStep: () => null,
  funding: ({ payToken }, { pay }): Funding => ({ token: payToken, amount: pay, atomic: true, lockedUntil: null }),
  encodeBid: () => [],
  encodeSettle: () => [],
}

/** The same auction in its last second before it must be started again: as cheap as it gets, if nothing else moves. */
export function atItsCheapest(auction: MakerClipAuction, t: bigint): MakerClipAuction {
  const stale = (seconds: bigint): boolean =>
    statusOf({ ...auction, tic: t - seconds }, auction.terms, t).needsRedo || seconds > t
  let [runs, over] = [0n, auction.terms.tail + 1n]
  while (over - runs > 1n) {
    const middle = (runs + over) / 2n
    if (stale(middle)) over = middle
    else runs = middle
  }
  return { ...auction, tic: t - runs }
}

class ClipReader implements VenueReader<MakerClipAuction> {
  constructor(private readonly market: Market) {}

  async at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<MakerClipAuction>> {
    const { market } = this
    const batch = new Batch(reader, block.number)
    const clip = contractOf(market, 'clip')
    const [ilk = '0x', decimals = '0x'] = await batch.all([
      ...[CLIP.ilk(clip), TOKEN.decimals(contractOf(market, 'collateral'))],
    ])
    const terms = await readClip(batch, market, ilk)
    const [books = '0x'] = await batch.all([VAT.ilks(contractOf(market, 'vat'), ilk)])
    const unit = 10n ** (18n - wordAt(decimals, 0))
    const auction = (id: bigint, sale: Sale): MakerClipAuction => ({
      ref: { venue: makerClipAuctions.id, house: clip, id: id.toString() },
      mechanism: 'dutch',
      ...{ payToken: contractOf(market, 'coin'), getToken: contractOf(market, 'collateral') },
      ...{ leader: null, bidExpiry: null, deadline: null, asOf: block, terms, unit },
      ...{ tab: sale.tab, lot: sale.lot, tic: sale.tic, top: sale.top },
    })
    const sales = await readSales(batch, market)
    const fresh = { tab: 0n, lot: 0n, tic: t, top: topOf(wordAt(books, 2), terms) }
    return {
      health: healthOf(terms),
      auctions: [...sales].map(([id, sale]) => auction(id, sale)),
      template: auction(0n, fresh),
      ...{ starting: null, maturing: [], reserves: null },
    }
  }
}

/** The starting price by the last poke: rounding and a newer oracle price apart, what `kick` sets. */
const topOf = (spot: bigint, { mat, buf }: ClipReading): bigint => (((spot * mat) / RAY) * buf) / RAY

function healthOf({ stopped, curveKnown }: ClipReading): Snapshot['health'] {
  const reasons = [
    stopped >= 3n ? 'the clip is stopped: nobody may take' : null,
    stopped === 1n || stopped === 2n ? `the clip starts no auctions (stopped is ${stopped.toString()})` : null,
    curveKnown ? null : 'the price curve is not one of the three known ones',
  ].filter((reason) => reason !== null)
  return { enabled: reasons.length === 0, reasons }
}
