import { Batch } from '../../src/domain/batch.js'
import type { Address, Hex, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { maxOf } from '../../src/domain/maths.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import { KnownIds } from '../../src/auctions/known-ids.js'
import { contractOf, flopPlace } from './contracts.js'
import type { Flop, FlopTerms } from './flop.js'
import { FLOP, VAT, VOW } from './signatures.js'

/** `Flopper.bids(id)`. */
export interface FlopBid extends Flop {
  readonly id: bigint
  /** Rad. */
  readonly bid: bigint
  /** The Vow until somebody bids; zero where there is no such auction (dealt, or a ghost that somebody ticked). */
  readonly guy: Address
}

/** A Flopper at one block. */
export interface FlopHouse {
  readonly at: Address
  readonly gem: Address
  readonly terms: FlopTerms
  readonly kicks: bigint
  readonly live: boolean
  readonly bids: readonly FlopBid[]
  /** Why we do not bid here although the protocol lets us: what the market file or the agent lacks. */
  readonly lacks: readonly string[]
}

const NOTHING: Hex = `0x${'0'.repeat(64)}`
/** An account without code answers nothing. */
const said = (data: Hex | null | undefined): Hex | null => (data && data !== '0x' ? data : null)
const numberOf = (data: Hex | null | undefined): bigint => wordAt(said(data) ?? NOTHING, 0)

/**
 * Reads the Flopper that the market file names, where what we lead is settled even if the Vow has another by now; without a name
 * the Vow's own. What does not answer has no auctions.
 */
export class FlopHouseReader {
  private readonly ids = new KnownIds()

  constructor(
    private readonly market: Market,
    private readonly us: Address,
  ) {}

  async at(reader: Reader, block: number): Promise<FlopHouse> {
    const batch = new Batch(reader, block)
    const [vat, vow] = [contractOf(this.market, 'vat'), contractOf(this.market, 'vow')]
    const [set = '0x'] = await batch.all([VOW.flopper(vow)])
    const at = flopPlace(this.market)?.flopper ?? addressAt(set, 0)
    const answers = await batch.try([
      ...[FLOP.beg(at), FLOP.pad(at), FLOP.ttl(at), FLOP.tau(at), FLOP.kicks(at), FLOP.live(at)],
      ...[VAT.can(vat, this.us, at), FLOP.gem(at)],
    ])
    const [beg = 0n, pad = 0n, ttl = 0n, tau = 0n, kicks = 0n, live = 0n, can = 0n] = answers.map(numberOf)
    const gem = addressAt(said(answers[7]) ?? NOTHING, 0)
    return {
      ...{ at, gem, kicks, live: live === 1n, terms: { beg: maxOf(beg, 1n), pad, ttl, tau } },
      bids: await this.bids(batch, at, kicks, block),
      lacks: this.lacks(addressAt(set, 0), gem, can !== 0n),
    }
  }

  private async bids(batch: Batch, at: Address, kicks: bigint, block: number): Promise<FlopBid[]> {
    const ids = this.ids.wanted(kicks)
    const answers = await batch.all(ids.map((id) => FLOP.bids(at, id)))
    const all = ids.map((id, i) => bidOf(id, answers[i] ?? '0x'))
    const open = ({ guy }: FlopBid): boolean => BigInt(guy) !== 0n
    this.ids.seen(
      all.map((one) => ({ id: one.id, open: open(one) })),
      block,
    )
    return all.filter(open)
  }

  private lacks(set: Address, gem: Address, mayBid: boolean): string[] {
    if (flopPlace(this.market) === null)
      return ['the market file names no flopper and governanceToken: debt auctions are only shown there']
    const hope = 'the agent has not let the Flopper move its coins in the Vat (hope)'
    return [...replaced(this.market, set, gem), ...(mayBid ? [] : [hope])]
  }
}

/** What the market file names and the protocol no longer goes by. */
function replaced(market: Market, set: Address, gem: Address): string[] {
  const place = flopPlace(market)
  if (place === null) return []
  const { flopper, governanceToken } = place
  const of = (what: string): string => `MARKETS_FILE: governance has replaced it; look at the new one, then set ${what}`
  return [
    set === flopper
      ? null
      : `${market.id}: the Vow has the Flopper ${set}, not the flopper ${flopper} of ${of('flopper to it')}`,
    gem === governanceToken
      ? null
      : `${market.id}: the Flopper mints ${gem}, not the governanceToken ${governanceToken} of ${of('governanceToken to it')}`,
  ].filter((one) => one !== null)
}

/** `replaced` at `block`. Rejects as reading does. */
export async function flopMisfits(reader: Reader, market: Market, block: number): Promise<string[]> {
  const place = flopPlace(market)
  if (place === null) return []
  const asks = [VOW.flopper(contractOf(market, 'vow')), FLOP.gem(place.flopper)]
  const [set, gem] = await new Batch(reader, block).try(asks)
  return replaced(market, addressAt(said(set) ?? NOTHING, 0), addressAt(said(gem) ?? NOTHING, 0))
}

function bidOf(id: bigint, data: Hex): FlopBid {
  const [bid, lot, tic, end] = [0, 1, 3, 4].map((index) => wordAt(data, index)) as [bigint, bigint, bigint, bigint]
  return { id, bid, lot, guy: addressAt(data, 2), tic, end }
}
