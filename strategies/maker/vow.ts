import { Interface } from 'ethers'
import { MAKER_VOW } from '../../abis/maker.js'
import type { Address, Hex, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import { MAX_UINT256, RAY } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import type { AgentCall, Auction, Health, Starting, Upkeep } from '../../src/auctions/venue.js'
import { contractOf } from './contracts.js'
import type { QueueEntry } from './debt-queue.js'
import { FLOP, GOV, VAT, VOW } from './signatures.js'
import { type VowBooks, flop, freeDebt, healable, isRipe } from './vow-books.js'

const VOW_ABI = new Interface(MAKER_VOW)
/** `mint(address,uint256)`, what a Flopper calls at the end of an auction. */
const MINT: Hex = '0x40c10f19'

/** The Vow at one block: its books, and the terms of a debt auction (sump rad, dump wad). */
export interface VowReading {
  readonly books: VowBooks
  readonly sump: bigint
  readonly dump: bigint
  /** Seconds that debt waits in the queue. */
  readonly wait: bigint
}

export async function readVow(reader: Reader, market: Market, block: number): Promise<VowReading> {
  const [vow, vat] = [contractOf(market, 'vow'), contractOf(market, 'vat')]
  const answers = await new Batch(reader, block).all([
    ...[VAT.sin(vat, vow), VOW.Sin(vow), VOW.Ash(vow), VAT.dai(vat, vow), VOW.sump(vow), VOW.dump(vow), VOW.wait(vow)],
  ])
  const [sin = 0n, queued = 0n, onAuction = 0n, dai = 0n, sump = 0n, dump = 0n, wait = 0n] = answers.map((data) =>
    wordAt(data, 0),
  )
  return { books: { sin, queued, onAuction, dai }, sump, dump, wait }
}

/**
 * Whether debt auctions work at all. Sky switched them off in 2025: a protocol does so by a `sump` that no debt reaches, a `dump`
 * of nothing, a Flopper that obeys the Vow no more, or a Flopper that may not mint; each is looked at, since a bid in an
 * auction whose winner cannot be paid is a gift.
 */
export async function flopHealth(reader: Reader, market: Market, block: number): Promise<Health> {
  const vow = contractOf(market, 'vow')
  const batch = new Batch(reader, block)
  const [flopperWord = '0x', sump = '0x', dump = '0x', live = '0x'] = await batch.all([
    ...[VOW.flopper(vow), VOW.sump(vow), VOW.dump(vow), VOW.live(vow)],
  ])
  const flopper = addressAt(flopperWord, 0)
  const [flopLive, ward, gem] = await batch.try([FLOP.live(flopper), FLOP.wards(flopper, vow), FLOP.gem(flopper)])
  const is = (data: Hex | null | undefined, value: bigint): boolean =>
    !!data && data !== '0x' && wordAt(data, 0) === value
  const reasons = [
    is(live, 1n) ? null : 'the Vow is shut down',
    is(sump, MAX_UINT256) || is(sump, 0n) ? 'sump is set so that no debt can be auctioned' : null,
    is(dump, 0n) ? 'dump is zero: an auction would start with nothing to win' : null,
    is(flopLive, 1n) ? null : 'the Flopper is shut down, or none is set',
    is(ward, 1n) ? null : 'the Flopper does not obey the Vow',
    (await mayMint(batch, flopper, gem))
      ? null
      : 'the Flopper may not mint the governance token: a winner would not be paid',
  ].filter((reason) => reason !== null)
  return { enabled: reasons.length === 0, reasons }
}

/** The token's owner may mint, and whom its authority lets. */
async function mayMint(batch: Batch, flopper: Address, gemWord: Hex | null | undefined): Promise<boolean> {
  if (!gemWord || gemWord === '0x') return false
  const gem = addressAt(gemWord, 0)
  const [owner, authority] = await batch.try([GOV.owner(gem), GOV.authority(gem)])
  if (owner && owner !== '0x' && addressAt(owner, 0) === flopper) return true
  if (!authority || authority === '0x') return false
  // the selector is left-aligned in its word
  const sig: Hex = `${MINT}${'0'.repeat(56)}`
  const [allowed] = await batch.try([GOV.canCall(addressAt(authority, 0), flopper, gem, sig)])
  return !!allowed && allowed !== '0x' && wordAt(allowed, 0) === 1n
}

/** What anybody may do for the Vow now: the calls of one transaction, and how much debt they free or auction, rad. */
export interface VowUpkeep {
  readonly calls: readonly AgentCall[]
  readonly healed: bigint
  readonly auctioned: bigint
}

const call = (to: Address, name: string, args: readonly unknown[] = []): AgentCall => ({
  to,
  data: VOW_ABI.encodeFunctionData(name, [...args]) as Hex,
})

/** Takes queued debt out of the queue; two liquidations of one second share an entry, which is popped once. */
export const flogCalls = (market: Market, eras: Iterable<bigint>, now: bigint, wait: bigint): AgentCall[] =>
  [...new Set(eras)]
    .filter((era) => isRipe(era, wait, now))
    .map((era) => call(contractOf(market, 'vow'), 'flog', [era]))

/**
 * Heal, and as many flops as the free debt allows, up to `most`, in one transaction: a flop wants no dai at all in the Vow, so a
 * unit sent in between would block it. Nothing where nothing can be done.
 */
export function vowUpkeep(
  market: Market,
  { books, sump }: Pick<VowReading, 'books' | 'sump'>,
  most: number,
): VowUpkeep {
  const vow = contractOf(market, 'vow')
  const healed = healable(books)
  let after: VowBooks = { ...books, sin: books.sin - healed, dai: books.dai - healed }
  const flops: AgentCall[] = []
  while (flops.length < most && sump > 0n) {
    const next = flop(after, sump)
    if (typeof next === 'string') break
    flops.push(call(vow, 'flop'))
    after = next
  }
  const heal = healed > 0n ? [call(vow, 'heal', [healed])] : []
  return { calls: [...heal, ...flops], healed, auctioned: freeDebt(books) - healed - freeDebt(after) }
}

/** Debt auctions that could be started at `t`: what has waited long enough is popped, then healed, then auctioned. */
export function startingOf<A extends Auction>(
  market: Market,
  { books, sump, wait }: VowReading,
  entries: readonly QueueEntry[],
  fresh: A,
  t: bigint,
): Starting<A> | null {
  const ripe = entries.filter(({ era }) => isRipe(era, wait, t))
  const popped = ripe.reduce((sum, { rad }) => sum + rad, 0n)
  const after = { ...books, queued: books.queued - popped }
  const { calls, auctioned } = vowUpkeep(market, { books: after, sump }, MOST_STARTED)
  const count = sump === 0n ? 0n : auctioned / sump
  const start = calls.at(-1)
  if (count === 0n || start === undefined) return null
  const pops = ripe.flatMap(({ era, rad }) =>
    flogCalls(market, [era], t, wait).map((pop) => popOf(pop, era, rad, wait)),
  )
  const heal = healOf(calls.slice(0, calls.length - Number(count)))
  const auctions = Array.from({ length: Number(count) }, () => fresh)
  return { preparation: [...pops, ...heal], auctions, start, gasPerStart: 164_000n }
}

const MOST_STARTED = 64

const popOf = (pop: AgentCall, era: bigint, rad: bigint, wait: bigint): Upkeep => ({
  ...{ kind: 'queue-pop', name: `queue/${era.toString()}`, calls: [pop], notBefore: era + wait },
  ...{ gas: 30_000n, unlocks: rad / RAY },
})

const healOf = (calls: readonly AgentCall[]): Upkeep[] =>
  calls.length === 0 ? [] : [{ kind: 'heal', name: 'heal', calls, notBefore: 0n, gas: 50_000n, unlocks: 0n }]
