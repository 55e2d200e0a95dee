import type { Address, Hex, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import { MAX_UINT256 } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import type { Health } from '../../src/auctions/venue.js'
import { contractOf } from './contracts.js'
import { FLOP, GOV, VAT, VOW } from './signatures.js'
import type { VowBooks } from './vow-books.js'

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
