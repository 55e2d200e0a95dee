import type { SignedTransaction } from '../proxy/decoded.js'
import type { Candidate, Draft, Failure, Trial } from './draft.js'

export interface Placed {
  readonly candidate: Candidate
  readonly trial: Trial
  /** Index of its first transaction in the block. */
  readonly index: number
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
 * 2. bundles by coinbase payment per gas, each simulated there and again in place, whole or not at all;
 * 3. public transactions held back for a bundle that did not make it;
 * 4. once more the bundles that reverted at the top, which may have waited for what now precedes them;
 * 5. public contract creations.
 */
export async function fill(
  draft: Draft,
  waiting: readonly SignedTransaction[],
  candidates: readonly Candidate[],
): Promise<AuctionResult> {
  const bundled = new Set(candidates.flatMap(({ transactions }) => transactions.map(({ hash }) => hash)))
  const creations = waiting.filter(({ to }) => to === null)
  const calls = waiting.filter(({ to }) => to !== null)
  const impossible = await draft.appendPublic(calls.filter(({ hash }) => !bundled.has(hash)))
  const { simulated, failed } = await simulateAll(draft, candidates)
  const top = draft.transactions.length
  const placed = await place(draft, byScore(candidates, simulated), simulated, failed)
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

/** Best payment per gas first; equal ones in the order of arrival. */
function byScore(candidates: readonly Candidate[], simulated: ReadonlyMap<number, Trial>): Candidate[] {
  const scored = candidates.flatMap((candidate) => {
    const top = simulated.get(candidate.id)
    return top ? [{ candidate, top }] : []
  })
  scored.sort((a, b) => {
    const difference = b.top.paid * a.top.gasUsed - a.top.paid * b.top.gasUsed
    return difference > 0n ? 1 : difference < 0n ? -1 : a.candidate.id - b.candidate.id
  })
  return scored.map(({ candidate }) => candidate)
}

async function place(
  draft: Draft,
  ordered: readonly Candidate[],
  simulated: ReadonlyMap<number, Trial>,
  failed: Map<number, Failure>,
): Promise<Placed[]> {
  const placed: Placed[] = []
  for (const candidate of ordered) {
    const top = simulated.get(candidate.id)
    const inPlace = await draft.attempt(candidate, 'own')
    if ('reason' in inPlace) failed.set(candidate.id, lost(inPlace, placed.length))
    else if (top && inPlace.paid * 100n < top.paid * IN_PLACE_PERCENT)
      failed.set(candidate.id, {
        reason: 'lower-inserted-value',
        detail: `pays ${inPlace.paid} wei in place, ${top.paid} at the top of the block`,
      })
    else placed.push(append(draft, candidate, inPlace))
  }
  return placed
}

/** A bundle that worked at the top and reverts in place was beaten by what was placed before it. */
const lost = (failure: Failure, before: number): Failure =>
  failure.reason === 'reverted' && before > 0
    ? { reason: 'outbid', detail: `after ${before} better bundles ${failure.detail}` }
    : failure

async function placeLate(
  draft: Draft,
  candidates: readonly Candidate[],
  failed: Map<number, Failure>,
): Promise<Placed[]> {
  const placed: Placed[] = []
  for (const candidate of candidates) {
    if (failed.get(candidate.id)?.reason !== 'reverted') continue
    const late = await draft.attempt(candidate, 'own')
    if ('reason' in late || late.paid <= 0n) continue
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
