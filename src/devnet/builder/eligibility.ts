import type { AuctionResult, Placed } from './auction.js'
import { dropped, type BundleStore } from './bundle-store.js'
import type { Candidate } from './draft.js'
import type { SealedBlock } from './seal.js'
import type { BlockEnvironment } from './simulator.js'
import type { DropReason, Submission } from './submission.js'

export interface ProduceOptions {
  /** Unix seconds; default parent + block time. */
  readonly timestamp?: number
  /** Wei; default by EIP-1559 from the parent. */
  readonly baseFee?: bigint
  /** Signed transactions of others that come first, whatever else there is. */
  readonly extraTransactionsBefore?: readonly string[]
  /** A block of a proposer without a builder: public transactions, no bundles. */
  readonly local?: boolean
  /** Only bundles that this relay received are built with. */
  readonly winner?: string
  /** Default: the builder's own address. */
  readonly coinbase?: string
}

/** Pending bundles that may go into this block; all others whose time has passed are settled. Equal ones count once. */
export function choose(
  store: BundleStore,
  environment: BlockEnvironment,
  options: ProduceOptions,
): { candidates: Candidate[]; twins: Map<number, number[]> } {
  const first = new Map<string, Candidate>()
  const twins = new Map<number, number[]>()
  for (const submission of store.pending()) {
    const problem = ineligible(submission, environment, options)
    if (problem === 'later') continue
    if (problem) {
      store.settle(submission.id, dropped(problem.reason, problem.detail, environment.number))
      continue
    }
    const known = first.get(submission.bundleHash)
    if (known) twins.get(known.id)?.push(submission.id)
    else {
      first.set(submission.bundleHash, submission)
      twins.set(submission.id, [submission.id])
    }
  }
  return { candidates: [...first.values()], twins }
}

function ineligible(
  submission: Submission,
  { number, timestamp }: BlockEnvironment,
  options: ProduceOptions,
): { reason: DropReason; detail: string } | 'later' | null {
  if (submission.firstBlock > number) return 'later'
  if (submission.lastBlock < number)
    return { reason: 'wrong-block', detail: `meant for block ${submission.lastBlock}, block ${number} is being built` }
  const why = unwanted(submission, timestamp, options)
  return why && submission.lastBlock > number ? 'later' : why
}

function unwanted(
  submission: Submission,
  timestamp: number,
  options: ProduceOptions,
): { reason: DropReason; detail: string } | null {
  const { minTimestamp, maxTimestamp, ignored, relay } = submission
  if (minTimestamp > timestamp) return { reason: 'timestamp', detail: `not before ${minTimestamp}, block ${timestamp}` }
  if (maxTimestamp !== 0 && maxTimestamp < timestamp)
    return { reason: 'timestamp', detail: `not after ${maxTimestamp}, block ${timestamp}` }
  if (ignored) return { reason: 'accepted-and-dropped', detail: 'a fault was scripted for this relay' }
  if (options.local === true) return { reason: 'local-block', detail: 'the proposer built the block itself' }
  if (options.winner !== undefined && options.winner !== relay)
    return { reason: 'other-builder', detail: `${options.winner} built the block` }
  return null
}

/** Records what became of every bundle that was meant for this block. */
export function settle(
  store: BundleStore,
  block: SealedBlock,
  placed: readonly Placed[],
  auction: AuctionResult,
  twins: ReadonlyMap<number, readonly number[]>,
): void {
  const landed = new Map(placed.map((bundle) => [bundle.candidate.id, bundle]))
  for (const [id, same] of twins) {
    const bundle = landed.get(id)
    const top = auction.simulated.get(id) ?? bundle?.trial
    const { reason, detail } = auction.failed.get(id) ?? {
      reason: 'builder-error' as const,
      detail: 'anvil executed it otherwise than it was simulated',
    }
    for (const twin of same) {
      if (top) store.simulated(twin, top.paid, top.gasUsed)
      if (!bundle) {
        store.settleFailure(twin, reason, detail, block.number)
        continue
      }
      store.settle(twin, {
        kind: 'landed',
        blockNumber: block.number,
        blockHash: block.hash,
        index: bundle.index,
        paidWei: bundle.trial.paid,
        refundWei: bundle.refundWei ?? 0n,
        gasUsed: bundle.trial.gasUsed,
      })
    }
  }
}
