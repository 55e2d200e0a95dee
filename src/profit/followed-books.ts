import { Canon, toRef, type BlockSource } from '../chain/canon.js'
import type { Address, BlockRef, Head, LogFilter, RawLog, Reader } from '../domain/chain.js'
import { PoolBook } from './pool-book.js'
import { loansOf } from './pool-loader.js'
import type {
  FollowSource,
  FollowedChange,
  FreeLoan,
  LiquidityVenue,
  Pair,
  Pool,
  PoolDifference,
  VenueFollower,
} from './venue.js'

/** The chain as pools are read and followed on it. */
export interface PoolChain {
  /** Its reads at the number of `block` are of this very block, or reject. */
  readerAt(block: BlockRef): Reader
  /** As `FollowSource`. */
  logs(filter: LogFilter, block: Head): Promise<readonly RawLog[]>
  /** Headers of blocks that were left out. */
  readonly blocks: BlockSource
}

/** Pairs by their names, and tokens that may be borrowed. */
export interface Wanted {
  readonly pairs: ReadonlyMap<string, Pair>
  readonly debts: readonly Address[]
}

/** What was read at one head. */
interface Kept {
  readonly hash: string
  readonly book: PoolBook
  readonly pools: readonly Pool[]
  readonly loans: readonly FreeLoan[]
  readonly pairs: ReadonlySet<string>
  readonly debts: ReadonlySet<Address>
}

/** Blocks below the head that a reorg may undo without everything being read again. */
const DEPTH = 64

/** Pools that are wanted, from head to head, one head after the other. After whatever goes wrong everything is read anew. */
export class FollowedBooks {
  private canon: Canon | null = null
  private kept: Kept | null = null
  private last: Promise<unknown> = Promise.resolve()
  private followers: ReadonlyMap<LiquidityVenue, VenueFollower>

  constructor(
    private readonly venues: readonly LiquidityVenue[],
    private readonly chain: PoolChain,
  ) {
    this.followers = followersOf(venues)
  }

  /** How many pools are followed by their events. */
  get size(): number {
    return [...this.followers.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** The book of exactly this head, where there is one that holds what is wanted. */
  book(head: Pick<Head, 'hash'>, { pairs, debts }: Wanted = NOTHING): PoolBook | null {
    const { kept } = this
    if (kept?.hash !== head.hash) return null
    const complete = [...pairs.keys()].every((pair) => kept.pairs.has(pair)) && debts.every((d) => kept.debts.has(d))
    return complete ? kept.book : null
  }

  /** What is wanted, at `head`; null for a block that is older than what is followed. Rejects as the chain does. */
  at(head: Head, wanted: Wanted): Promise<PoolBook | null> {
    const turn = this.last.then(async () => {
      try {
        return this.book(head, wanted) ?? (await this.bring(head, wanted))
      } catch (error) {
        this.begin()
        throw error
      }
    })
    this.last = turn.catch(() => undefined)
    return turn
  }

  /** From nothing. Reads that are still on their way tell the followers of before. */
  private begin(): void {
    this.canon = null
    this.kept = null
    this.followers = followersOf(this.venues)
  }

  /** Pools that are not what the chain says at `head`, of those whose turn it is. Rejects as the chain does. */
  async check(head: BlockRef): Promise<readonly PoolDifference[]> {
    const reader = this.chain.readerAt(head)
    return (await Promise.all([...this.followers.values()].map((one) => one.check(reader, head)))).flat()
  }

  private async bring(head: Head, { pairs, debts }: Wanted): Promise<PoolBook | null> {
    const change = await this.changeTo(head)
    if (change === null) return null
    const before = this.kept?.hash === head.hash ? this.kept : NO_POOLS
    const missing = [...pairs].flatMap(([name, pair]) => (before.pairs.has(name) ? [] : [pair]))
    const newDebts = debts.filter((debt) => !before.debts.has(debt))
    const source: FollowSource = {
      reader: this.chain.readerAt(head),
      logs: (filter, block) => this.chain.logs(filter, block),
    }
    const [loaded, lent] = await Promise.all([
      Promise.all(this.venues.map((venue) => this.load(venue, source, missing, change))),
      loansOf(this.venues, source.reader, newDebts, head.number),
    ])
    const [pools, loans] = [
      [...before.pools, ...loaded.flat()],
      [...before.loans, ...lent],
    ]
    this.accept(head, change)
    const book = PoolBook.of(head.number, pools, loans)
    const known = { pairs: new Set([...before.pairs, ...pairs.keys()]), debts: new Set([...before.debts, ...debts]) }
    this.kept = { hash: head.hash, book, pools, loans, ...known }
    return book
  }

  private async load(
    venue: LiquidityVenue,
    source: FollowSource,
    pairs: readonly Pair[],
    change: FollowedChange,
  ): Promise<readonly Pool[]> {
    const block = change.added.at(-1)?.number ?? 0
    const found = await venue.find(source.reader, pairs, block)
    return this.followers.get(venue)?.follow(source, found, change) ?? venue.load(source.reader, found, block)
  }

  /** Null for a block that is older than what is followed. */
  private async changeTo(head: Head): Promise<FollowedChange | null> {
    if (this.canon === null) return { ancestor: null, added: [head], jumped: true }
    const { tip } = this.canon
    if (tip.hash === head.hash) return { ancestor: tip, added: [head], jumped: false }
    return this.canon.changeTo(head, this.chain.blocks)
  }

  private accept(head: Head, { ancestor, added, jumped }: FollowedChange): void {
    if (this.canon === null) this.canon = new Canon(toRef(head))
    else if (this.canon.tip.hash !== head.hash) this.canon.accept({ ancestor, added, jumped, removed: [] })
    this.canon.prune(head.number - DEPTH)
  }
}

const followersOf = (venues: readonly LiquidityVenue[]): ReadonlyMap<LiquidityVenue, VenueFollower> =>
  new Map(
    venues.flatMap((venue) => {
      const follower = venue.follower?.()
      return follower === undefined ? [] : [[venue, follower] as const]
    }),
  )

const NOTHING: Wanted = { pairs: new Map(), debts: [] }
const NO_POOLS: Pick<Kept, 'pools' | 'loans' | 'pairs' | 'debts'> = {
  pools: [],
  loans: [],
  pairs: new Set(),
  debts: new Set(),
}
