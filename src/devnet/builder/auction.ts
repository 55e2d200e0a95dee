import type { SignedTransaction } from '../proxy/decoded.js'
import type { Candidate, Draft, Failure, Trial } from './draft.js'
import type { Hidden } from './mev-share/hidden-pool.js'
import type { DropReason } from './submission.js'
import type { Payer } from './mev-share/payer.js'
import { partyOf, placeAlone, placeParty, worthOf } from './mev-share/place-party.js'

export interface Placed {
  readonly candidate: Candidate
  readonly trial: Trial
  /** Index of its first transaction in the block. */
  readonly index: number
  /** What a backrun's payment gave back to whom it follows. */
  readonly refundWei?: bigint
}

/** What may be in the block. */
export interface Offers {
  /** Public transactions. */
  readonly waiting: readonly SignedTransaction[]
  readonly candidates: readonly Candidate[]
  readonly hidden: readonly Hidden[]
  readonly payer: Payer
}

export interface AuctionResult {
  readonly placed: readonly Placed[]
  readonly failed: ReadonlyMap<number, Failure>
  /** Simulations at the top of the block, by candidate. */
  readonly simulated: ReadonlyMap<number, Trial>
  /** Public transactions that can never be executed. */
  readonly impossible: readonly { hash: string; detail: string }[]
}

/** Profit executed in place must be at least this share of the one simulated at the top of the block. */
const IN_PLACE_PERCENT = 95n

/**
 * Fills the draft in this order:
 * 1. public transactions in the order of arrival, so that a liquidation can follow a price update, without those that a
 *    bundle contains;
 * 2. bundles by coinbase payment per gas, each simulated there and again in place, whole or not at all; a hidden
 *    transaction and its followers are one of them, ranked by what is left of the best one's payment after the refund;
 * 3. hidden transactions that nobody follows, and public ones held back for a bundle that did not make it;
 * 4. once more, at what they pay now, the bundles that are worth less behind the others (builders retry once), and those that
 *    reverted or did nothing at the top, which may have waited for what now precedes them;
 * 5. public contract creations.
 */
export async function fill(draft: Draft, { waiting, candidates, hidden, payer }: Offers): Promise<AuctionResult> {
  const bundled = new Set(candidates.flatMap(({ transactions }) => transactions.map(({ hash }) => hash)))
  const creations = waiting.filter(({ to }) => to === null)
  const calls = waiting.filter(({ to }) => to !== null)
  const impossible = await draft.appendPublic(calls.filter(({ hash }) => !bundled.has(hash)))
  const { simulated, failed } = await simulateAll(draft, candidates)
  const top = draft.transactions.length
  const placed = await place(draft, candidates, hidden, payer, { simulated, failed })
  const included = new Set([...draft.transactions, ...impossible].map(({ hash }) => hash))
  impossible.push(...(await draft.appendPublic(calls.filter(({ hash }) => !included.has(hash)))))
  if (draft.transactions.length > top) placed.push(...(await placeLate(draft, candidates, failed)))
  draft.appendUnsimulated(creations)
  return { placed, failed, simulated, impossible }
}

async function simulateAll(
  draft: Draft,
  candidates: readonly Candidate[],
): Promise<{ simulated: Map<number, Trial>; failed: Map<number, Failure> }> {
  const simulated = new Map<number, Trial>()
  const failed = new Map<number, Failure>()
  const trials = await Promise.all(candidates.map((candidate) => draft.attempt(candidate, 'random')))
  for (const [i, { id }] of candidates.entries()) {
    const outcome = trials[i]
    if (!outcome || 'reason' in outcome) failed.set(id, outcome ?? { reason: 'invalid', detail: 'not simulated' })
    else if (outcome.paid <= 0n) failed.set(id, { reason: 'underpriced', detail: 'it pays the builder nothing' })
    else simulated.set(id, outcome)
  }
  return { simulated, failed }
}

/** What is placed at once, and its rank. */
interface Lot {
  readonly paid: bigint
  readonly gasUsed: bigint
  place(before: number): Promise<Placed[]>
}

interface Tried {
  readonly simulated: ReadonlyMap<number, Trial>
  readonly failed: Map<number, Failure>
}

/** Best payment per gas first; equal ones in the order of arrival. Hidden transactions that nobody follows come last. */
async function place(
  draft: Draft,
  candidates: readonly Candidate[],
  hidden: readonly Hidden[],
  payer: Payer,
  { simulated, failed }: Tried,
): Promise<Placed[]> {
  const { baseFee } = draft.environment
  const parties = hidden.map((one) => partyOf(one, candidates, simulated, failed, baseFee))
  const lots: Lot[] = candidates.flatMap((candidate) => {
    const top = candidate.behind === null ? simulated.get(candidate.id) : undefined
    return top ? [{ ...top, place: (before) => placeBundle(draft, candidate, top, failed, before) }] : []
  })
  for (const party of parties)
    if (party.followers.length > 0)
      lots.push({ ...worthOf(party, baseFee), place: () => placeParty(draft, party, payer, failed) })
  const placed: Placed[] = []
  for (const lot of byPrice(lots)) placed.push(...(await lot.place(placed.length)))
  for (const { hidden: one, followers } of parties) if (followers.length === 0) await placeAlone(draft, one)
  return placed
}

/** The best payment per gas first; equal ones as they came. */
function byPrice<T extends { readonly paid: bigint; readonly gasUsed: bigint }>(lots: readonly T[]): T[] {
  const score = (a: T, b: T): bigint => b.paid * a.gasUsed - a.paid * b.gasUsed
  return [...lots].sort((a, b) => Number(score(a, b) > 0n) - Number(score(a, b) < 0n))
}

async function placeBundle(
  draft: Draft,
  candidate: Candidate,
  top: Trial,
  failed: Map<number, Failure>,
  before: number,
): Promise<Placed[]> {
  const inPlace = await draft.attempt(candidate, 'own')
  if (!('reason' in inPlace) && inPlace.paid * 100n >= top.paid * IN_PLACE_PERCENT)
    return [append(draft, candidate, inPlace)]
  const detail = 'reason' in inPlace ? '' : `pays ${inPlace.paid} wei in place, ${top.paid} at the top of the block`
  failed.set(candidate.id, 'reason' in inPlace ? lost(inPlace, before) : { reason: 'lower-inserted-value', detail })
  return []
}

/** A bundle that worked at the top and reverts in place was beaten by what was placed before it. */
const lost = (failure: Failure, before: number): Failure =>
  failure.reason === 'reverted' && before > 0
    ? { reason: 'outbid', detail: `after ${before} better bundles ${failure.detail}` }
    : failure

/** A revert, an order that found nothing to do and paid nothing, and one that is worth less behind others. */
const TRIED_AGAIN: ReadonlySet<DropReason | undefined> = new Set(['reverted', 'underpriced', 'lower-inserted-value'])

/** By payment per gas as they are now, like the others at the top. */
async function placeLate(
  draft: Draft,
  candidates: readonly Candidate[],
  failed: Map<number, Failure>,
): Promise<Placed[]> {
  const waiting = candidates.filter(({ id, behind }) => behind === null && TRIED_AGAIN.has(failed.get(id)?.reason))
  const trials = await Promise.all(waiting.map((candidate) => draft.attempt(candidate, 'own')))
  const lots = waiting.flatMap((candidate, i) => {
    const trial = trials[i]
    return !trial || 'reason' in trial || trial.paid <= 0n ? [] : [{ candidate, ...trial }]
  })
  const placed: Placed[] = []
  for (const [i, { id }] of waiting.entries()) {
    const [first, again] = [failed.get(id), trials[i]]
    if (first && again && 'reason' in again)
      failed.set(id, { ...first, detail: `${first.detail}; tried again: ${again.detail}` })
  }
  for (const { candidate } of byPrice(lots)) {
    const late = await draft.attempt(candidate, 'own')
    if ('reason' in late || late.paid <= 0n) {
      if (placed.length > 0 && 'reason' in late) failed.set(candidate.id, lost(late, placed.length))
      continue
    }
    failed.delete(candidate.id)
    placed.push(append(draft, candidate, late))
  }
  return placed
}

function append(draft: Draft, candidate: Candidate, trial: Trial): Placed {
  const index = draft.transactions.length
  draft.append(trial)
  return { candidate, trial, index }
}
