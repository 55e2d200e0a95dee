import { maxOf, minOf } from '../domain/maths.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Amounts, Plan, PositionAfter } from '../domain/plan.js'
import { bisect, isAmounts } from './legal-sizes.js'

/** Most liquidations of one position in one transaction. */
export const MOST_CALLS = 4
/** How exactly the largest repayment that keeps a position liquidatable is found, and how far it stays away from it. */
const GRAINS = 8_192n
/** A call that could repay less than this part of its limit opens nothing. */
const LEAST_PART = 256n

/** One liquidation call inside a batch. */
export interface Call {
  readonly plan: Plan
  readonly amounts: Amounts
}

/** What all calls do together, and each of them in their order. */
export interface BatchAmounts extends Amounts {
  readonly calls: readonly Call[]
}

type Common = 'market' | 'collateral' | 'debt' | 'collateralPrice' | 'debtPrice' | 'availableCollateral' | 'reserveRoom'

/**
 * Liquidations of one pair that share one exit: several calls on a position, or on several positions. Calls are filled in
 * their order, so that one figure, the sum of the repayments, says what each of them does.
 */
export interface Batch extends Pick<Plan, Common> {
  readonly maxRepay: bigint
  /** Sums of repayments beyond which one more call is made, ascending. */
  readonly marks: readonly bigint[]
  /** As `Plan.at`, of the sum. */
  at(repay: bigint): BatchAmounts | Refusal
}

/** A plan and what it does when more is wanted than one call may take. */
interface Link {
  readonly plan: Plan
  /** The largest repayment that leaves the position liquidatable on this pair; null for the last call. */
  readonly opening: Amounts | null
}

interface Opening {
  readonly amounts: Amounts
  readonly next: Plan
}

/**
 * One position, call by call. The first call of two repays as much as leaves the position liquidatable (Qin et al., IMC
 * 2021), so that the close factor, or a debt that has become small, allows a second: with x at the most for one call and y
 * for the call that keeps it open, everything up to x takes one call, what lies above takes y and the rest.
 */
export function batchOf(plan: Plan, most = MOST_CALLS): Batch {
  const links: Link[] = []
  for (let next: Plan | null = plan; next !== null && links.length < most;) {
    const opened: Opening | null = links.length + 1 < most ? opening(next) : null
    links.push({ plan: next, opening: opened?.amounts ?? null })
    next = opened?.next ?? null
  }
  const bounds = boundsOf(links)
  const at = (repay: bigint): BatchAmounts | Refusal => fill(links, repay)
  return { ...commonOf(plan), maxRepay: bounds.at(-1) ?? plan.maxRepay, marks: bounds.slice(0, -1), at }
}

/** Up to which sum one call, two calls … are enough. */
function boundsOf(links: readonly Link[]): bigint[] {
  let before = 0n
  return links.map(({ plan, opening: open }) => {
    const bound = before + plan.maxRepay
    before += open?.repay ?? 0n
    return bound
  })
}

function fill(links: readonly Link[], repay: bigint): BatchAmounts | Refusal {
  const calls: Call[] = []
  let left = repay
  for (const { plan, opening: open } of links) {
    if (left <= plan.maxRepay || open === null) {
      const amounts = plan.at(left)
      return isAmounts(amounts) ? sumOf([...calls, { plan, amounts }]) : amounts
    }
    calls.push({ plan, amounts: open })
    left -= open.repay
  }
  return sumOf(calls)
}

/** What keeps the position open for another call on the same pair, when two calls then reach further than one. */
function opening(plan: Plan): Opening | null {
  const most = mostThatKeepsOpen(plan)
  const amounts = most === null ? null : plan.at(most)
  if (most === null || amounts === null || !isAmounts(amounts)) return null
  const next = plansOf(plan.after?.(most) ?? null).find((other) => samePair(other, plan))
  return next !== undefined && reaches(amounts.repay + next.maxRepay, plan.maxRepay) ? { amounts, next } : null
}

/** So much further than one call that a second can be worth its gas. */
const reaches = (together: bigint, one: bigint): boolean => together > one + one / 1_000n

/** The largest legal repayment that leaves the position liquidatable, less a grain that interest may use up; null for none. */
export function mostThatKeepsOpen(plan: Plan): bigint | null {
  const open = (repay: bigint): boolean => plan.after?.(repay)?.liquidatable ?? false
  if (plan.after === undefined) return null
  if (open(plan.maxRepay)) return plan.maxRepay
  const low = plan.maxRepay / LEAST_PART
  if (low === 0n || !open(low)) return null
  const grain = plan.maxRepay / GRAINS + 1n
  const found = bisect(low, plan.maxRepay, open, grain)
  return found - grain > low ? found - grain : low
}

/** The legal plans of a position behind a liquidation. */
export const plansOf = (after: PositionAfter | null): readonly Plan[] =>
  after?.liquidatable === true ? after.choices().flatMap((choice) => ('at' in choice ? [choice] : [])) : []

/** Several positions on the same pair, one after the other. Throws `RangeError` for none. */
export function joined(batches: readonly Batch[]): Batch {
  const [first] = batches
  if (first === undefined) throw new RangeError('a batch has at least one position')
  const marks: bigint[] = []
  let total = 0n
  for (const batch of batches) {
    const before = total
    if (before > 0n) marks.push(before)
    marks.push(...batch.marks.map((mark) => before + mark))
    total += batch.maxRepay
  }
  return { ...commonOf(first), ...roomOf(batches), maxRepay: total, marks, at: (repay) => fillAll(batches, repay) }
}

/** By how much earlier legs may raise the reserves if every one of these is filled: never more than any of them lets. */
function roomOf(batches: readonly Batch[]): Pick<Batch, 'reserveRoom'> {
  let raised = 0n
  let least: bigint | null = null
  for (const { reserveRoom, maxRepay } of batches) {
    if (reserveRoom === undefined) return {}
    const room = reserveRoom.headroom - maxOf(0n, raised)
    least = least === null ? room : minOf(least, room)
    raised += maxRepay - reserveRoom.lowers
  }
  return least === null ? {} : { reserveRoom: { headroom: least, lowers: 0n } }
}

const loweredBy = (calls: readonly Call[]): bigint =>
  calls.reduce((sum, { plan }) => sum + (plan.reserveRoom?.lowers ?? 0n), 0n)

function fillAll(batches: readonly Batch[], repay: bigint): BatchAmounts | Refusal {
  const calls: Call[] = []
  let left = repay
  let raised = 0n
  for (const batch of batches) {
    if (batch.reserveRoom !== undefined && raised >= batch.reserveRoom.headroom)
      return refuse(
        'not-for-sale',
        'the purchases before this one raise the reserves to their target',
        raised.toString(),
      )
    const part = batch.at(left < batch.maxRepay ? left : batch.maxRepay)
    if (!isAmounts(part)) return part
    calls.push(...part.calls)
    raised += part.repay - loweredBy(part.calls)
    left -= batch.maxRepay
    if (left <= 0n) break
  }
  return sumOf(calls)
}

export const samePair = (
  a: Pick<Plan, 'market' | 'collateral' | 'debt'>,
  b: Pick<Plan, 'market' | 'collateral' | 'debt'>,
): boolean =>
  a.market === b.market && a.collateral.address === b.collateral.address && a.debt.address === b.debt.address

const commonOf = ({
  market,
  collateral,
  debt,
  collateralPrice,
  debtPrice,
  availableCollateral,
  reserveRoom,
}: Pick<Plan, Common>): Pick<Plan, Common> => ({
  market,
  collateral,
  debt,
  collateralPrice,
  debtPrice,
  availableCollateral,
  ...(reserveRoom && { reserveRoom }),
})

function sumOf(calls: readonly Call[]): BatchAmounts {
  const sum = (of: (amounts: Amounts) => bigint): bigint =>
    calls.reduce((total, { amounts }) => total + of(amounts), 0n)
  return {
    debtToCover: sum((a) => a.debtToCover),
    repay: sum((a) => a.repay),
    seize: sum((a) => a.seize),
    protocolFee: sum((a) => a.protocolFee),
    deficitBase: sum((a) => a.deficitBase),
    calls,
  }
}
