import { LogSearch } from '../../src/auctions/log-search.js'
import type { Reader } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { wordAt } from '../../src/domain/abi-words.js'
import type { LogLike } from '../../src/auctions/protocol.js'
import { type FlopPlace, flopPlace } from './contracts.js'
import { FLOP_TOPIC } from './signatures.js'

/**
 * What each debt auction costs, rad, as its `Kick` told: it never changes, and the note of an auction's end (`deal`) does not
 * repeat it. The reader of the auctions fills this block by block, before any bid is made; the books ask it afterwards.
 */
export class KickedBids {
  private readonly bids = new Map<bigint, bigint>()
  private readonly kicks: LogSearch

  constructor({ flopper }: FlopPlace, deployBlock: number) {
    this.kicks = new LogSearch(flopper, FLOP_TOPIC.Kick, deployBlock)
  }

  /** Rejects as reading does; the next call goes on where it stopped. */
  async readTo(reader: Reader, block: number): Promise<void> {
    for (const log of await this.kicks.upTo(reader, block)) this.saw(log)
  }

  /** One `Kick` of the house; a reorg may have given the number to another auction, so the newest counts. */
  saw({ data }: Pick<LogLike, 'data'>): void {
    this.bids.set(wordAt(data, 0), wordAt(data, 2))
  }

  /** Throws `KeeperError('kick-unread')` where nothing was read of it yet: the booking is tried again at the next block. */
  of(id: bigint): bigint {
    const bid = this.bids.get(id)
    if (bid !== undefined) return bid
    throw new KeeperError('kick-unread', `the start of debt auction ${id} was not read yet: it is booked later`, { id })
  }
}

const known = new WeakMap<Market, KickedBids>()

/** The one memory of a market, whoever asks; null where its debt auctions are only shown. */
export function kickedBids(market: Market): KickedBids | null {
  const place = flopPlace(market)
  if (place === null) return null
  const memory = known.get(market) ?? new KickedBids(place, market.deployBlock)
  known.set(market, memory)
  return memory
}
