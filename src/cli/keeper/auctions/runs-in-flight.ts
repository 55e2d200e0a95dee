import type { Settings } from '../../../config/settings.js'
import { maxOf } from '../../../domain/maths.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import { positionsOf, type AttemptRecord, type LegRecord } from '../../../execution/records.js'
import type { Submitter } from '../../../execution/submitter.js'
import type { SqliteLedger } from '../../../ledger/sqlite-ledger.js'
import type { Place } from '../suspects.js'
import { isPoke } from './poke-legs.js'
import { mostOfAttempts } from './run-cost.js'

export interface RunsOptions {
  readonly settings: Pick<Settings, 'mode' | 'backstopDailyLossUsd8'>
  readonly submitter: Pick<Submitter, 'inFlight' | 'unclear'>
  readonly ledger: Pick<SqliteLedger, 'spentUsd8'>
  /** All markets of a market's protocol, itself included: they spend the same capital and the same budget. */
  readonly kin: (market: string) => readonly string[]
}

/** Runs of the agent that may still land: what must wait for them, and what they leave of backstop mode's budget. */
export class RunsInFlight {
  constructor(private readonly options: RunsOptions) {}

  /**
   * A run that shares no place with the one in flight would spend the same capital a second time: it waits for that one. A
   * price is told by one run at a time, and what can wait waits for every other.
   */
  mustWait(
    market: string,
    { legs, housekeeping }: { readonly legs: readonly Place[] } & Pick<Opportunity, 'housekeeping'>,
  ): boolean {
    const places = new Set(positionsOf(legs))
    return this.of(market).some(({ legs: out }) => {
      if (isUpkeep(out)) return housekeeping !== true && legs.some(({ position }) => isPoke(position))
      return housekeeping === true || !positionsOf(out).some((place) => places.has(place))
    })
  }

  /** What backstop mode may still lose in a market's protocol on a UTC day (`2026-11-21`), USD with 8 decimals; zero in profit mode. */
  lossLeftUsd8(market: string, day: string): bigint {
    const { mode, backstopDailyLossUsd8 } = this.options.settings
    return mode === 'backstop' ? maxOf(0n, backstopDailyLossUsd8 - this.lossUsd8(market, day)) : 0n
  }

  /**
   * What backstop mode has lost on a day, with the most that upkeep in flight, which no other run waits for, may cost, and what was
   * expected to be lost by runs that may have landed without a receipt that we saw.
   */
  private lossUsd8(market: string, day: string): bigint {
    const { submitter, ledger, kin } = this.options
    const upkeep = this.of(market).filter(({ legs }) => isUpkeep(legs))
    const unclear = this.of(market, submitter.unclear())
    const expected = unclear.flatMap(({ attempts }) => attempts.map(({ opportunity }) => -opportunity.netUsd8))
    const inFlight = [...upkeep, ...unclear].reduce(
      (sum, { attempts }) => sum + mostOfAttempts(attempts),
      expected.reduce((sum, loss) => sum + maxOf(0n, loss), 0n),
    )
    return kin(market).reduce((sum, one) => sum + ledger.spentUsd8(one, day), inFlight)
  }

  /** Runs of a market's protocol: what was signed for each, and the legs of all that. */
  private of(market: string, intents = this.options.submitter.inFlight()): Run[] {
    const kin = new Set(this.options.kin(market))
    return intents.flatMap(({ attempts }) => {
      const legs = attempts.flatMap(({ opportunity }) => opportunity.legs).filter((leg) => kin.has(leg.market))
      return legs.length === 0 ? [] : [{ legs, attempts }]
    })
  }
}

interface Run {
  readonly legs: readonly LegRecord[]
  readonly attempts: readonly AttemptRecord[]
}

const isUpkeep = (legs: readonly LegRecord[]): boolean => legs.every(({ position }) => isPoke(position))
