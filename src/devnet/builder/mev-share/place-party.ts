import type { Candidate, Draft, Failure, Trial } from '../draft.js'
import type { Placed } from '../auction.js'
import type { Hidden } from './hidden-pool.js'
import { PAYOUT_GAS, type Payer } from './payer.js'

/** A hidden transaction and those who bid to follow it, each with its simulation at the top of the block, best refund first. */
export interface Party {
  readonly hidden: Hidden
  readonly followers: readonly { readonly candidate: Candidate; readonly top: Trial }[]
}

/** Part of a follower's payment that goes to whom it follows; rounded down, in the builder's favour. */
export const refundOf = (paid: bigint, { refundPercent }: Hidden): bigint => (paid * refundPercent) / 100n

/** What is left for the builder after the refund and the gas of paying it out. */
const keptOf = (paid: bigint, hidden: Hidden, baseFee: bigint): bigint =>
  paid - refundOf(paid, hidden) - PAYOUT_GAS * baseFee

/** What the last transaction of a bundle pays. */
const lastPaid = ({ executions }: Trial): bigint => executions.at(-1)?.paid ?? 0n

/**
 * Those that follow the same transaction as one party, sorted by what it gets of them. Followers whose payment leaves the
 * builder nothing are refused here.
 */
export function partyOf(
  hidden: Hidden,
  candidates: readonly Candidate[],
  simulated: ReadonlyMap<number, Trial>,
  failed: Map<number, Failure>,
  baseFee: bigint,
): Party {
  const followers = candidates.flatMap((candidate) => {
    const top = simulated.get(candidate.id)
    if (candidate.behind !== hidden || !top) return []
    if (keptOf(lastPaid(top), hidden, baseFee) > 0n) return [{ candidate, top }]
    failed.set(candidate.id, {
      reason: 'underpriced',
      detail: 'after the refund and its payout the builder has nothing',
    })
    return []
  })
  followers.sort((a, b) => Number(lastPaid(b.top) > lastPaid(a.top)) - Number(lastPaid(b.top) < lastPaid(a.top)))
  return { hidden, followers }
}

/** What the builder keeps of the party's best, and the gas for it: its rank among the bundles. */
export function worthOf({ hidden, followers }: Party, baseFee: bigint): { paid: bigint; gasUsed: bigint } {
  const best = followers[0]?.top
  if (!best) return { paid: 0n, gasUsed: 1n }
  const paid = best.paid - lastPaid(best) + keptOf(lastPaid(best), hidden, baseFee)
  return { paid, gasUsed: best.gasUsed + PAYOUT_GAS }
}

const alone = (hidden: Hidden): Candidate => ({
  ...{ id: 0, transactions: hidden.transactions, mayRevert: new Set(), mayDrop: new Set(), behind: null },
})

/** The hidden transaction by itself; whether it is in the draft now. One that reverts, or pays nothing, waits. */
export async function placeAlone(draft: Draft, hidden: Hidden): Promise<Failure | null> {
  const trial = await draft.attempt(alone(hidden), 'own')
  if ('reason' in trial) return trial
  if (trial.paid <= 0n) return { reason: 'underpriced', detail: 'the hidden transaction pays the builder nothing' }
  draft.append(trial)
  return null
}

/**
 * The hidden transaction, then its followers one after the other, each with the payout of its refund; one that fails after
 * a better one is left out. Returns those that are in the draft.
 */
export async function placeParty(
  draft: Draft,
  { hidden, followers }: Party,
  payer: Payer,
  failed: Map<number, Failure>,
): Promise<Placed[]> {
  const refusal = await placeAlone(draft, hidden)
  const placed: Placed[] = []
  for (const { candidate } of followers) {
    const own = { ...candidate, transactions: candidate.transactions.slice(hidden.transactions.length) }
    const trial = refusal ?? (await draft.attempt(own, 'own'))
    const failure = 'reason' in trial ? lost(trial, placed.length) : tooLittle(trial, hidden, draft)
    if (failure || 'reason' in trial) {
      if (failure) failed.set(candidate.id, failure)
      continue
    }
    placed.push(await appendPaid(draft, hidden, candidate, trial, payer))
  }
  return placed
}

async function appendPaid(
  draft: Draft,
  hidden: Hidden,
  candidate: Candidate,
  trial: Trial,
  payer: Payer,
): Promise<Placed> {
  const index = draft.transactions.length
  const refundWei = refundOf(trial.paid, hidden)
  const to = hidden.transactions.at(-1)?.from ?? payer.address
  const nonce = draft.nonces.get(payer.address) ?? 0
  const payout = await payer.payout(to, refundWei, nonce, draft.environment.baseFee)
  const whole = { ...trial, transactions: [...trial.transactions, payout], gasUsed: trial.gasUsed + PAYOUT_GAS }
  draft.append(whole)
  return { candidate, trial: whole, index, refundWei }
}

const lost = (failure: Failure, before: number): Failure =>
  failure.reason === 'reverted' && before > 0
    ? { reason: 'outbid', detail: `after ${before} better backruns ${failure.detail}` }
    : failure

function tooLittle({ paid }: Trial, hidden: Hidden, { environment }: Draft): Failure | null {
  if (keptOf(paid, hidden, environment.baseFee) > 0n) return null
  return { reason: 'underpriced', detail: 'after the refund and its payout the builder has nothing' }
}
