import type { Ref, Snapshot, Starting, Upkeep, VenueReader } from '../../src/auctions/venue.js'
import type { Address, BlockRef, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import {
  ACCOUNTING_ENGINE,
  DEBT_HOUSE,
  SAFE_ENGINE,
  TOKEN,
  addressOf,
  askAll,
  callOf,
  word,
  type Ask,
} from './calls.js'
import { contractOf } from './contracts.js'
import { DebtQueue } from './debt-queue.js'
import type { DebtHouseParams, GebDebtAuction } from './debt-auctions.js'
import { KnownIds } from '../../src/auctions/known-ids.js'
import { radToWadFloor } from './maths.js'

/** Everything of the accounting engine and its debt auctions that one decision needs, at one block. */
interface Books {
  readonly params: DebtHouseParams
  readonly started: bigint
  readonly enabled: boolean
  readonly engineEnabled: boolean
  readonly popDebtDelay: bigint
  readonly mintedTokens: bigint
  readonly bidSize: bigint
  readonly queued: bigint
  readonly onAuction: bigint
  readonly debt: bigint
  readonly coins: bigint
  readonly mayMint: boolean
  readonly mayBid: boolean
}

const MOST_STARTED = 64n

/** Reads the debt auctions of one market: what is open, what waits in the queue, and what can be started. */
export class DebtAuctionReader implements VenueReader<GebDebtAuction> {
  private readonly queue: DebtQueue
  private readonly ids = new KnownIds()
  private readonly house: Address
  private readonly engine: Address

  constructor(
    private readonly market: Market,
    private readonly us: Address,
  ) {
    this.house = contractOf(market, 'debtAuctionHouse')
    this.engine = contractOf(market, 'accountingEngine')
    this.queue = new DebtQueue(market)
  }

  async at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<GebDebtAuction>> {
    const [books, entries] = await Promise.all([this.books(reader, block.number), this.queue.at(reader, block.number)])
    const auctions = await this.auctions(reader, block, books)
    const matured = entries.filter(({ timestamp }) => timestamp + books.popDebtDelay <= t)
    const health = healthOf(books)
    return {
      health,
      auctions,
      template: this.fresh(0n, books, block, t),
      starting: health.enabled ? this.starting(books, matured, block, t) : null,
      maturing: entries.map(({ timestamp, rad }) => ({ debt: radToWadFloor(rad), at: timestamp + books.popDebtDelay })),
      reserves: {
        surplus: radToWadFloor(books.coins > books.debt ? books.coins - books.debt : 0n),
        queuedDebt: radToWadFloor(books.queued),
        auctionableDebt: radToWadFloor(freeDebt(books, matured)),
        onAuctionDebt: radToWadFloor(books.onAuction),
        badDebt: books.debt > books.coins ? books.debt - books.coins : 0n,
      },
    }
  }

  private async books(reader: Reader, block: number): Promise<Books> {
    const { market, house, engine, us } = this
    const safeEngine = contractOf(market, 'safeEngine')
    const asks: Ask[] = [
      [DEBT_HOUSE, house, 'params'],
      [DEBT_HOUSE, house, 'auctionsStarted'],
      [DEBT_HOUSE, house, 'contractEnabled'],
      [ACCOUNTING_ENGINE, engine, 'contractEnabled'],
      [ACCOUNTING_ENGINE, engine, 'params'],
      [ACCOUNTING_ENGINE, engine, 'totalQueuedDebt'],
      [ACCOUNTING_ENGINE, engine, 'totalOnAuctionDebt'],
      [SAFE_ENGINE, safeEngine, 'debtBalance', [engine]],
      [SAFE_ENGINE, safeEngine, 'coinBalance', [engine]],
      [TOKEN, contractOf(market, 'protocolToken'), 'authorizedAccounts', [house]],
      [SAFE_ENGINE, safeEngine, 'safeRights', [us, house]],
    ]
    const [params, started, enabled, engineEnabled, rules, queued, onAuction, debt, coins, mint, rights] = await askAll(
      reader,
      asks,
      block,
    )
    return {
      params: {
        bidDecrease: word(params, 0),
        amountSoldIncrease: word(params, 1),
        bidDuration: word(params, 2),
        totalAuctionLength: word(params, 3),
      },
      ...{ started: word(started), enabled: word(enabled) !== 0n, engineEnabled: word(engineEnabled) !== 0n },
      ...{ popDebtDelay: word(rules, 2), mintedTokens: word(rules, 6), bidSize: word(rules, 7) },
      ...{ queued: word(queued), onAuction: word(onAuction), debt: word(debt), coins: word(coins) },
      ...{ mayMint: word(mint) !== 0n, mayBid: word(rights) !== 0n },
    }
  }

  private async auctions(reader: Reader, block: BlockRef, books: Books): Promise<GebDebtAuction[]> {
    const ids = this.ids.wanted(books.started)
    const answers = await askAll(
      reader,
      ids.map((id): Ask => [DEBT_HOUSE, this.house, 'auctions', [id]]),
      block.number,
    )
    const all = ids.map((id, i) => this.auction(id, answers[i] ?? [], books, block))
    this.ids.seen(
      all.map(({ ref, highBidder }) => ({ id: BigInt(ref.id), open: BigInt(highBidder) !== 0n })),
      block.number,
    )
    return all
  }

  private auction(id: bigint, words: readonly bigint[], books: Books, block: BlockRef): GebDebtAuction {
    const highBidder = addressOf(word(words, 2))
    const [expiry, end] = [word(words, 3), word(words, 4)]
    return {
      ref: this.ref(id),
      mechanism: 'english-lot-down',
      payToken: contractOf(this.market, 'coin'),
      getToken: contractOf(this.market, 'protocolToken'),
      leader: expiry === 0n ? null : highBidder,
      bidExpiry: expiry === 0n ? null : expiry,
      deadline: end,
      asOf: block,
      ...{ bidRad: word(words, 0), lot: word(words, 1), highBidder, expiry, end },
      ...{ params: books.params, enabled: books.enabled, us: this.us },
    }
  }

  /** As `auctionDebt` would start it at `t`. */
  private fresh(id: bigint, books: Books, block: BlockRef, t: bigint): GebDebtAuction {
    const end = t + books.params.totalAuctionLength
    return this.auction(id, [books.bidSize, books.mintedTokens, BigInt(this.engine), 0n, end], books, block)
  }

  private ref(id: bigint): Ref {
    return { venue: 'geb-debt', house: this.house, id: id.toString() }
  }

  /** `auctionDebt` sells nothing while the engine's coins exceed its free debt. */
  private starting(
    books: Books,
    matured: readonly { timestamp: bigint; rad: bigint }[],
    block: BlockRef,
    t: bigint,
  ): Starting<GebDebtAuction> | null {
    const free = freeDebt(books, matured)
    if (books.coins > free) return null
    const possible = (free - books.coins) / books.bidSize
    if (possible === 0n) return null
    const count = possible < MOST_STARTED ? possible : MOST_STARTED
    const already = freeDebt(books, []) - books.coins
    const preparation = already >= books.bidSize * count ? [] : matured.map((entry) => this.pop(entry, books))
    const auctions = Array.from({ length: Number(count) }, (_, i) => {
      return this.fresh(books.started + BigInt(i) + 1n, books, block, t)
    })
    return {
      preparation,
      auctions,
      start: callOf(ACCOUNTING_ENGINE, this.engine, 'auctionDebt'),
      gasPerStart: 240_000n,
    }
  }

  private pop({ timestamp, rad }: { timestamp: bigint; rad: bigint }, { popDebtDelay }: Books): Upkeep {
    return {
      kind: 'queue-pop',
      name: `queue/${timestamp}`,
      calls: [callOf(ACCOUNTING_ENGINE, this.engine, 'popDebtFromQueue', [timestamp])],
      notBefore: timestamp + popDebtDelay,
      gas: 30_000n,
      unlocks: radToWadFloor(rad),
    }
  }
}

/** `unqueuedUnauctionedDebt` once these entries are popped, rad. */
function freeDebt({ debt, queued, onAuction }: Books, popped: readonly { rad: bigint }[]): bigint {
  const still = queued - popped.reduce((sum, { rad }) => sum + rad, 0n)
  const free = debt - still - onAuction
  return free > 0n ? free : 0n
}

function healthOf({ enabled, engineEnabled, bidSize, mayMint, mayBid }: Books): Snapshot['health'] {
  const reasons: string[] = []
  if (!enabled || !engineEnabled)
    reasons.push('the protocol is shut down: bids are paid back by terminateAuctionPrematurely')
  if (bidSize === 0n) reasons.push('debt auctions are switched off (debtAuctionBidSize is zero)')
  if (!mayMint) reasons.push('the auction house has no right to mint the protocol token: a winner would get nothing')
  if (!mayBid) reasons.push('the agent has not approved the debt auction house in the SAFE engine')
  return { enabled: reasons.length === 0, reasons }
}
