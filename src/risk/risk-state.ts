import { z } from 'zod'

/** One mined transaction as the breakers see it; `id` names transaction and block, so none counts twice. */
export interface Realised {
  readonly id: string
  /** UTC, `2026-11-21`. */
  readonly day: string
  readonly netUsd8: bigint
  readonly reverted: boolean
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
  /** Set for the day on which the loss cap was reached; the next UTC day clears it. */
  readonly dailyLoss: (Tripped & { readonly day: string }) | null
}

export const FRESH_STATE: RiskState = { realised: [], reverts: null, dailyLoss: null }

const big = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt)
const tripped = { at: z.string(), detail: z.string() }
const shape = z.strictObject({
  realised: z.array(z.strictObject({ id: z.string(), day: z.string(), netUsd8: big, reverted: z.boolean() })),
  reverts: z.strictObject(tripped).nullable(),
  dailyLoss: z.strictObject({ ...tripped, day: z.string() }).nullable(),
})

/** Throws when the text is no state. */
export const parseState = (text: string): RiskState => shape.parse(JSON.parse(text))

export const stateText = (state: RiskState): string =>
  JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 1)

/** UTC day of a time in milliseconds. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** What the day cost: transactions that ended below zero, gas included; gains of others do not make up for them. */
export const lossOn = (state: RiskState, day: string): bigint =>
  state.realised.reduce((sum, one) => (one.day === day && one.netUsd8 < 0n ? sum - one.netUsd8 : sum), 0n)

/** Reverts at the end of the row. */
export function revertsInARow(state: RiskState): number {
  const lastGood = state.realised.findLastIndex((one) => !one.reverted)
  return state.realised.length - 1 - lastGood
}
