import { z } from 'zod'
import { decimal } from '../domain/decimal-json.js'

/** One mined transaction as the breakers see it; `id` is `transaction:block`, so none counts twice. */
export interface Realised {
  readonly id: string
  /** UTC, `2026-11-21`. */
  readonly day: string
  readonly netUsd8: bigint
  readonly reverted: boolean
  /** A run of the auction agent, or what is taken at a loss, whose reverts are a row of their own. */
  readonly byAgent: boolean
}

export interface Tripped {
  readonly at: string
  readonly detail: string
}

/** What the gate remembers over restarts. */
export interface RiskState {
  /** Mined transactions of the newest two days and those since the last one that did not revert, oldest first. */
  readonly realised: readonly Realised[]
  /** Set when a breaker tripped that only a person resets. */
  readonly reverts: Tripped | null
  /** The same for these alone: liquidations go on. */
  readonly agentReverts: Tripped | null
  /** Set when tokens of unknown worth left us: the loss cap cannot see them. A person resets it. */
  readonly unpriced: Tripped | null
  /** Set for the day on which the loss cap was reached; the next UTC day clears it. */
  readonly dailyLoss: (Tripped & { readonly day: string }) | null
}

export const FRESH_STATE: RiskState = {
  ...{ realised: [], reverts: null, agentReverts: null, unpriced: null, dailyLoss: null },
}

const big = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt)
const tripped = { at: z.string(), detail: z.string() }
const shape = z.strictObject({
  realised: z.array(
    z.strictObject({
      ...{ id: z.string(), day: z.string(), netUsd8: big, reverted: z.boolean() },
      byAgent: z.boolean().default(false),
    }),
  ),
  reverts: z.strictObject(tripped).nullable(),
  agentReverts: z.strictObject(tripped).nullable().default(null),
  unpriced: z.strictObject(tripped).nullable().default(null),
  dailyLoss: z.strictObject({ ...tripped, day: z.string() }).nullable(),
})

/** Throws when the text is no state. */
export const parseState = (text: string): RiskState => shape.parse(JSON.parse(text))

export const stateText = (state: RiskState): string => JSON.stringify(state, decimal, 1)

/** What the day cost: transactions that ended below zero, gas included; gains of others do not make up for them. */
export const lossOn = (state: RiskState, day: string): bigint =>
  state.realised.reduce((sum, one) => (one.day === day && one.netUsd8 < 0n ? sum - one.netUsd8 : sum), 0n)

/** `id` of a transaction in a block. */
export const realisedId = (transaction: string, blockHash: string): string => `${transaction}:${blockHash}`

/** The state without this transaction, whatever block it was in. */
export const without = (state: RiskState, transaction: string): RiskState => ({
  ...state,
  realised: state.realised.filter((one) => one.id !== transaction && !one.id.startsWith(`${transaction}:`)),
})

/**
 * The state after a person's reset: nothing has tripped, and what led to it counts no more. The transactions stay known by
 * their names: the tracker reports those again that are not final, and they must not trip what was just reset.
 */
export const forgiven = (state: RiskState): RiskState => ({
  ...FRESH_STATE,
  realised: state.realised.map(({ id, day, byAgent }) => ({ id, day, byAgent, netUsd8: 0n, reverted: false })),
})

/** Reverts at the end of one of the two rows: that of the agent's runs, and that of everything else. */
export function revertsInARow({ realised }: RiskState, byAgent = false): number {
  const row = realised.filter((one) => one.byAgent === byAgent)
  return row.length - 1 - row.findLastIndex((one) => !one.reverted)
}

/** The state without what no figure needs any more: kept are the days from `oldest` on and both rows of reverts. */
export function since(state: RiskState, oldest: string): RiskState {
  const left = { true: revertsInARow(state, true), false: revertsInARow(state, false) }
  const realised = [...state.realised]
    .reverse()
    .filter(({ day, byAgent }) => left[`${byAgent}`]-- > 0 || day >= oldest)
    .reverse()
  return { ...state, realised }
}
