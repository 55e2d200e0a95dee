import type { PositionId } from './market.js'

/** Why a liquidatable position was not taken, or an opportunity not sent. Stable words: metrics and reports group by them. */
export const REFUSAL_CODES = [
  // the protocol does not allow it (yet)
  'healthy',
  'paused',
  'inactive',
  'grace-period',
  'sentinel',
  'dust-rule',
  'no-collateral',
  'no-debt',
  'self-liquidation',
  'no-liquidity',
  'no-price',
  'not-for-sale',
  'unknown-revision',
  'code-changed',
  'opens-auction',
  'saved',
  'no-effect',
  // it would not pay
  'no-route',
  'no-exit',
  'below-min-profit',
  'fee-share',
  'absurd-price',
  'capital',
  'gas-price',
  // the risk gate says no
  'kill-switch',
  'daily-loss',
  'consecutive-reverts',
  'unpriced-loss',
  'stale-head',
  'head-disputed',
  'operator-gas',
  'exposure',
  'exit-price',
  // execution
  'no-private-path',
  'simulation-failed',
  'not-simulated',
  'lane-busy',
  'lanes-split',
  'dry-run',
  'outbid',
  'expired',
  'reverted',
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** A typed no, with the sentence a person reads. `figure` is the number the reason turns on, where there is one. */
export interface Refusal {
  readonly code: RefusalCode
  readonly detail: string
  readonly figure?: string
}

export interface PositionRefusal extends Refusal {
  readonly market: string
  readonly position: PositionId
}

export const refuse = (code: RefusalCode, detail: string, figure?: string): Refusal =>
  figure === undefined ? { code, detail } : { code, detail, figure }
