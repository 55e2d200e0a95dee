import type { Note } from '../../../auctions/round.js'
import type { Logger } from '../../../domain/ports.js'
import { refuse, type PositionRefusal, type RefusalCode } from '../../../domain/refusal.js'
import type { DeskAnswer } from './auction-desk.js'

const CODES: Readonly<Record<string, RefusalCode>> = {
  'stale-price': 'no-price',
  'absurd-price': 'absurd-price',
  capital: 'capital',
  budget: 'daily-loss',
  'below-reservation': 'below-min-profit',
  'no-terms': 'dust-rule',
}

/** Why open auctions are not bid in (yet); that we lead, or that one is over, needs no reason. */
export const refusalsOf = (market: string, notes: readonly Note[]): PositionRefusal[] =>
  notes.flatMap(({ name, decision }) => {
    if (decision.act === 'bid') return []
    const code = decision.act === 'wait' ? 'below-min-profit' : CODES[decision.reason]
    return code === undefined ? [] : [{ ...refuse(code, decision.why), market, position: name }]
  })

/** Tells people what was decided of the auctions: only what differs from the line before, and every run that is to be offered. */
export class AuctionLog {
  private told = ''
  /** The newest step of each market that was given up: people are told once. */
  private readonly givenUp = new Map<string, string>()
  /** Markets whose dollar price of the native token is not believed. */
  private readonly doubted = new Set<string>()

  constructor(private readonly logger: Logger) {}

  tell(market: string, { round, opportunity, upkeep, doubt }: DeskAnswer): void {
    // figures within the reason change every block
    if ((doubt === null) !== !this.doubted.has(market)) this.tellDoubt(market, doubt)
    if (upkeep !== null && 'code' in upkeep && upkeep.code === 'no-effect') this.tellGivenUp(market, upkeep)
    const notes = round.notes.map(({ name, phase, decision }) => `${name} ${phase} ${decision.act}`).join('; ')
    const line = `${market} ${notes}`
    if (line !== this.told) this.logger.debug('auctions', { market, notes: round.notes, locked: round.lockedNow })
    this.told = line
    if (opportunity === null) return
    this.logger.info('auction', {
      market,
      actions: opportunity.legs.map(({ position, route, amounts }) => ({
        ...{ name: position, what: route, pay: amounts.repay, get: amounts.seize },
      })),
      expectedWei: opportunity.netWei,
    })
  }

  private tellDoubt(market: string, doubt: string | null): void {
    if (doubt === null) {
      this.doubted.delete(market)
      this.logger.info('auctions', { market, nativePrice: 'believed again' })
      return
    }
    this.doubted.add(market)
    this.logger.warn('auctions', { market, nothingIsLostOn: doubt })
  }

  private tellGivenUp(market: string, { position, detail }: PositionRefusal): void {
    if (this.givenUp.get(market) === position) return
    this.givenUp.set(market, position)
    this.logger.warn('upkeep', { market, step: position, givenUp: detail })
  }
}
