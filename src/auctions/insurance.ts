import type { Address, BlockRef, Reader } from '../domain/chain.js'
import type { Market } from '../domain/market.js'
import { maxOf, minOf } from '../domain/maths.js'
import { BPS } from './expected-profit.js'
import type { RefillProtocol } from './protocol.js'
import { refKey, type Auction, type AuctionVenue, type Snapshot } from './venue.js'

/** One protocol's cushion as `keeper insurance --json` prints it: pay tokens and rad as decimal strings, times in unix seconds. */
export interface InsuranceRow {
  readonly market: string
  readonly venue: string
  readonly enabled: boolean
  readonly reasons: readonly string[]
  readonly surplus: string | null
  readonly queuedDebt: string | null
  readonly auctionableDebt: string | null
  readonly onAuctionDebt: string | null
  /** In the protocol's own finest unit. */
  readonly badDebt: string | null
  readonly maturing: readonly { readonly debt: string; readonly at: string }[]
  readonly startable: number
  /** What collateral on sale brings at our prices, and of how much of the queued and auctionable debt that is, basis points. */
  readonly coverage: { readonly collateral: string; readonly bps: number } | null
  /** Our bids that stand: pay tokens that are away, and the second from which they are free at the latest. */
  readonly locked: readonly {
    readonly name: string
    readonly token: Address
    readonly pay: string
    readonly until: string
  }[]
  /** Those that run, and those that anybody could start now (phase `startable`). */
  readonly auctions: readonly AuctionRow[]
}

export interface AuctionRow {
  readonly name: string
  readonly phase: string
  /** Terms of the next bid, or of all that is left of a sale. */
  readonly pay: string
  readonly get: string
  /** What pools pay for `get` now, pay tokens, without haircut for the time it is locked; null where none does. */
  readonly fair: string | null
  /** The newest decision about it; null where no keeper that writes to this ledger has looked at it. */
  readonly decision: DecisionRow | null
}

export interface DecisionRow {
  readonly act: 'bid' | 'not'
  readonly why: string
  readonly block: number
}

export interface VenueSnapshot {
  readonly venue: AuctionVenue
  readonly snapshot: Snapshot
}

/** What we think of it: prices from pools, decisions from the ledger. Null where it is not known. */
export interface Opinion {
  /** Whose bids are ours; absent: nobody's. */
  readonly us?: Address
  fair(token: Address, amount: bigint): bigint | null
  decision(name: string): DecisionRow | null
}

const NO_OPINION: Opinion = { fair: () => null, decision: () => null }

/** Every venue of a protocol at one block. */
export const snapshotsOf = (
  reader: Reader,
  market: Market,
  { venues }: RefillProtocol,
  us: Address,
  block: BlockRef,
): Promise<VenueSnapshot[]> =>
  Promise.all(
    venues.map(async (venue) => ({ venue, snapshot: await venue.open(market, us).at(reader, block, block.timestamp) })),
  )

/** What stands between a protocol's losses and its users, and what is being sold for it. Pure. */
export function insuranceOf(
  market: Market,
  venues: readonly VenueSnapshot[],
  t: bigint,
  opinion: Opinion = NO_OPINION,
): InsuranceRow[] {
  const onSale = venues.map(({ venue, snapshot }) => saleValue(venue, snapshot, t, opinion))
  const collateral = onSale.reduce<bigint | null>((sum, one) => (one === null ? sum : (sum ?? 0n) + one), null)
  return venues.map(({ venue, snapshot }) => {
    const { health, reserves, maturing, starting } = snapshot
    const open = snapshot.auctions.filter((one) => venue.phase(one, t) !== 'closed')
    const startable = starting?.auctions ?? []
    return {
      ...{ market: market.id, venue: venue.id, enabled: health.enabled, reasons: health.reasons },
      ...{ surplus: text(reserves?.surplus), queuedDebt: text(reserves?.queuedDebt) },
      ...{ auctionableDebt: text(reserves?.auctionableDebt), onAuctionDebt: text(reserves?.onAuctionDebt) },
      badDebt: text(reserves?.badDebt),
      maturing: maturing.map(({ debt, at }) => ({ debt: debt.toString(), at: at.toString() })),
      startable: startable.length,
      locked: open.flatMap((one) => lockedIn(venue, one, opinion)),
      coverage: reserves === null || collateral === null ? null : coverageOf(collateral, reserves),
      auctions: [
        ...open.map((one) => rowOf(venue, one, venue.phase(one, t), t, opinion)),
        ...startable.map((one) => rowOf(venue, one, 'startable', t, opinion)),
      ],
    }
  })
}

/** A standing bid of ours comes back by another's, or ends with bid or auction, whichever is first. */
function lockedIn(venue: AuctionVenue, auction: Auction, { us }: Opinion): InsuranceRow['locked'] {
  const { leader, ref, payToken, bidExpiry, deadline } = auction
  const ends = [bidExpiry, deadline].filter((at) => at !== null)
  const pay = venue.standing?.(auction).pay ?? 0n
  if (leader === null || leader !== us || pay === 0n || ends.length === 0) return []
  const until = ends.reduce((first, at) => minOf(first, at))
  return [{ name: refKey(ref), token: payToken, pay: pay.toString(), until: until.toString() }]
}

function rowOf(venue: AuctionVenue, auction: Auction, phase: string, t: bigint, opinion: Opinion): AuctionRow {
  const { pay = 0n, get = 0n } = venue.nextStep(auction, t) ?? venue.quote(auction, t) ?? {}
  const name = refKey(auction.ref)
  const fair = get === 0n ? null : opinion.fair(auction.getToken, get)
  const decision = opinion.decision(name)
  return { name, phase, pay: pay.toString(), get: get.toString(), fair: text(fair ?? undefined), decision }
}

/** What the collateral of all open sales brings together: they meet the same pools. Null where no pool tells. */
function saleValue(venue: AuctionVenue, { auctions }: Snapshot, t: bigint, { fair }: Opinion): bigint | null {
  if (venue.mechanism !== 'dutch') return null
  const [first] = auctions
  const lots = auctions.map((one) => venue.quote(one, t)?.get ?? 0n)
  const sum = lots.reduce((total, one) => total + one, 0n)
  return first === undefined || sum === 0n ? null : fair(first.getToken, sum)
}

function coverageOf(
  collateral: bigint,
  { queuedDebt, auctionableDebt }: NonNullable<Snapshot['reserves']>,
): NonNullable<InsuranceRow['coverage']> {
  // what has matured is in both figures
  const debt = maxOf(queuedDebt, auctionableDebt)
  return { collateral: collateral.toString(), bps: debt === 0n ? Number(BPS) : Number((collateral * BPS) / debt) }
}

const text = (value: bigint | undefined): string | null => value?.toString() ?? null
