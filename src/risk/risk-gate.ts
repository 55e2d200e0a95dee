import type { Address } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger } from '../domain/ports.js'
import type { Refusal } from '../domain/refusal.js'
import { dayOf } from '../domain/utc-day.js'
import type { Circumstances } from './circumstances.js'
import { pullKillSwitch, pulledBy } from './kill-file.js'
import type { RiskLimits } from './limits.js'
import type { Realised, RiskState } from './risk-state.js'
import { lossOn, realisedId, revertsInARow, since, without } from './risk-state.js'
import { consecutiveReverts, revertsText } from './rules/consecutive-reverts.js'
import { dailyLoss } from './rules/daily-loss.js'
import { exitPrice } from './rules/exit-price.js'
import { exposure } from './rules/exposure.js'
import { feeShare } from './rules/fee-share.js'
import { gasPrice } from './rules/gas-price.js'
import { killSwitch } from './rules/kill-switch.js'
import { operatorGas } from './rules/operator-gas.js'
import { revertCost } from './rules/revert-cost.js'
import type { Rule } from './rules/rule.js'
import { staleHead } from './rules/stale-head.js'
import { unpricedLoss } from './rules/unpriced-loss.js'
import { readRiskState, writeRiskState } from './state-file.js'
import { usdText } from './usd.js'

/** In this order: what stops everything first, what concerns the one opportunity last. */
const RULES: readonly Rule[] = [
  dailyLoss,
  consecutiveReverts,
  unpricedLoss,
  staleHead,
  operatorGas,
  revertCost,
  gasPrice,
  feeShare,
  exposure,
  exitPrice,
]

/** A mined transaction; `netUsd8` is what could be valued of it, after gas and bid. */
export interface MinedResult {
  readonly transaction: string
  readonly blockHash: string
  readonly atMs: number
  readonly netUsd8: bigint
  readonly reverted: boolean
  /** True for a run of the auction agent, and for what is taken at a loss. */
  readonly byAgent?: boolean
  /** Tokens without a price that left our accounts. */
  readonly unpricedOut: readonly Address[]
}

export interface RiskGateOptions {
  readonly dataDir: string
  readonly limits: RiskLimits
  readonly logger: Logger
}

/** Asked before anything is signed. What it remembers of losses and reverts is on the disk and survives a restart. */
export class RiskGate {
  private state: RiskState

  /** Throws `KeeperError('risk-state')` when the remembered state cannot be read. */
  constructor(private readonly options: RiskGateOptions) {
    this.state = readRiskState(options.dataDir)
  }

  /** Null when the opportunity may be signed. */
  ask(opportunity: Opportunity, circumstances: Circumstances): Refusal | null {
    const stopped = killSwitch(this.killed())
    if (stopped !== null) return stopped
    const { state } = this
    const { limits } = this.options
    for (const rule of RULES) {
      const refusal = rule({ opportunity, circumstances, limits, state })
      if (refusal !== null) return refusal
    }
    return null
  }

  /** Why the kill switch is on, or null. */
  killed(): string | null {
    return pulledBy(this.options.dataDir)
  }

  kill(why: string): void {
    pullKillSwitch(this.options.dataDir, why)
    this.options.logger.error('kill-switch', { why })
  }

  /**
   * A transaction was mined in this canonical block. The same one again changes nothing, in another block it replaces what
   * was known of it. The caller gives the time of the block.
   */
  realised(one: MinedResult): void {
    const id = realisedId(one.transaction, one.blockHash)
    if (this.state.realised.some((known) => known.id === id)) return
    const { byAgent = false, netUsd8, reverted } = one
    const entry: Realised = { id, day: dayOf(one.atMs), netUsd8, reverted, byAgent }
    const { realised } = without(this.state, one.transaction)
    this.keep({ ...this.state, realised: [...realised, entry], unpriced: this.unpriced(one, entry.day) })
  }

  /** The transaction is in no canonical block (any more): its figures no longer count. Breakers that tripped stay tripped. */
  takeBack(transaction: string): void {
    const next = without(this.state, transaction)
    if (next.realised.length !== this.state.realised.length) this.keep(next)
  }

  /** The figures behind the breakers, for health and report. */
  standing(nowMs: number): { lossUsd8: bigint; revertsInARow: number; tripped: readonly string[] } {
    const { reverts, agentReverts, unpriced, dailyLoss } = this.state
    const today = dayOf(nowMs)
    const tripped = [
      reverts?.detail,
      agentReverts?.detail,
      unpriced?.detail,
      dailyLoss?.day === today ? dailyLoss.detail : undefined,
      this.killed(),
    ]
    return {
      lossUsd8: lossOn(this.state, today),
      revertsInARow: revertsInARow(this.state),
      tripped: tripped.filter((detail) => typeof detail === 'string'),
    }
  }

  private unpriced({ transaction, unpricedOut }: MinedResult, day: string): RiskState['unpriced'] {
    if (this.state.unpriced !== null || unpricedOut.length === 0) return this.state.unpriced
    this.options.logger.error('breaker', { breaker: 'unpriced-loss', transaction, tokens: unpricedOut })
    const detail = `transaction ${transaction} took tokens from us that no market prices: ${unpricedOut.join(', ')}`
    return { at: day, detail }
  }

  private keep(next: RiskState): void {
    const state = this.tripped(trimmed(next))
    writeRiskState(this.options.dataDir, state)
    this.state = state
  }

  private tripped(state: RiskState): RiskState {
    const { limits, logger } = this.options
    const last = state.realised.at(-1)
    if (last === undefined) return state
    let { dailyLoss } = state
    const reverts = state.reverts ?? this.revertsAt(state, last.day, false)
    const agentReverts = state.agentReverts ?? this.revertsAt(state, last.day, true)
    const loss = lossOn(state, last.day)
    // told late, a loss of yesterday must not open what tripped today
    if ((dailyLoss === null || dailyLoss.day < last.day) && loss >= limits.maxDailyLossUsd8) {
      dailyLoss = { at: last.day, day: last.day, detail: `losses and gas of ${last.day} reached ${usdText(loss)} USD` }
      logger.error('breaker', { breaker: 'daily-loss', lossUsd: usdText(loss) })
    }
    return { ...state, reverts, agentReverts, dailyLoss }
  }

  private revertsAt(state: RiskState, at: string, byAgent: boolean): RiskState['reverts'] {
    const { limits, logger } = this.options
    const row = revertsInARow(state, byAgent)
    if (row < limits.maxConsecutiveReverts) return null
    logger.error('breaker', { breaker: 'consecutive-reverts', row, byAgent })
    return { at, detail: revertsText(row, byAgent) }
  }
}

const DAY_MS = 86_400_000

/**
 * Keeps the newest day, the rows of reverts, and the day before: after a restart the tracker reports again what is not yet
 * final, and must find it here.
 */
function trimmed(state: RiskState): RiskState {
  const newest = state.realised.reduce((day, one) => (one.day > day ? one.day : day), '1970-01-01')
  return since(state, dayOf(Date.parse(newest) - DAY_MS))
}
