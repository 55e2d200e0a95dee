import type { Address } from '../../domain/chain.js'

/** One block that somebody won a position in while we had a bid in it. Shares are basis points of the gain. */
export interface Contest {
  /** The collateral that changed hands. */
  readonly asset: Address
  /** Whose block it was: what it wrote into `extraData`, else its fee recipient. */
  readonly builder: string
  readonly block: number
  readonly won: boolean
  /** What we bid, share of the gain that we expected. */
  readonly ourBps: number
  /** Most that the winner can have paid, share of the same gain; null where it could not be read. */
  readonly priceBps: number | null
}

export interface Level {
  readonly asset: Address
  readonly builder: string
  readonly won: number
  readonly lost: number
  /** Highest price that beat us and is known. */
  readonly highestPriceBps: number | null
  /** What we would bid if this builder alone made blocks. */
  readonly bps: number
}

/** Above a price that beat us. */
const OVER_PRICE_BPS = 100
/** Up after a loss whose price is not known. */
const BLIND_STEP_BPS = 500
/** Down after a block that was won: a bid that nobody contests is too dear. */
const WON_STEP_BPS = 25
/** The share of blocks (by the contests seen) whose builders an asset's bid must satisfy. */
const COVERED_PERCENT = 80

interface Limits {
  /** Where learning starts: the share that the settings name. */
  readonly baseBps: number
  readonly maxBps: number
  /** Below this no block that was won brings the bid; absent: half of `baseBps`. */
  readonly leastBps?: number | null
}

/** The next level after one contest. It never falls below the least that the settings allow, nor rises above the cap. */
function after(bps: number, { won, priceBps }: Contest, { baseBps, maxBps, leastBps }: Limits): number {
  if (won) return Math.min(bps, Math.max(leastBps ?? Math.ceil(baseBps / 2), bps - WON_STEP_BPS))
  const wanted = priceBps === null ? bps + BLIND_STEP_BPS : Math.max(bps, priceBps + OVER_PRICE_BPS)
  return Math.min(maxBps, wanted)
}

/** Levels per asset and builder, from contests in the order of their blocks. Pure. */
export function learn(contests: readonly Contest[], limits: Limits): readonly Level[] {
  const levels = new Map<string, Level>()
  // however many positions a block brought, it teaches once that the bid was enough
  const wonAt = new Map<string, number>()
  const inOrder = [...contests].sort((a, b) => a.block - b.block)
  for (const contest of inOrder) {
    const { asset, builder, won, priceBps } = contest
    const key = `${asset} ${builder}`
    const start = {
      asset,
      builder,
      won: 0,
      lost: 0,
      highestPriceBps: null,
      bps: Math.min(limits.baseBps, limits.maxBps),
    }
    const level: Level = levels.get(key) ?? start
    const beaten = won || priceBps === null ? level.highestPriceBps : Math.max(level.highestPriceBps ?? 0, priceBps)
    levels.set(key, {
      ...level,
      won: level.won + (won ? 1 : 0),
      lost: level.lost + (won ? 0 : 1),
      highestPriceBps: beaten,
      bps: won && wonAt.get(key) === contest.block ? level.bps : after(level.bps, contest, limits),
    })
    if (won) wonAt.set(key, contest.block)
  }
  return [...levels.values()]
}

/**
 * The bid for each asset: one transaction goes to all builders, so it is the lowest level that satisfies those of at least
 * four fifths of the contested blocks. Pure.
 */
export function bidsOf(levels: readonly Level[]): ReadonlyMap<Address, number> {
  const bids = new Map<Address, number>()
  for (const asset of new Set(levels.map((level) => level.asset))) {
    const rising = levels.filter((level) => level.asset === asset).sort((a, b) => a.bps - b.bps)
    const all = rising.reduce((sum, { won, lost }) => sum + won + lost, 0)
    let covered = 0
    for (const { won, lost, bps } of rising) {
      covered += won + lost
      bids.set(asset, bps)
      if (covered * 100 >= all * COVERED_PERCENT) break
    }
  }
  return bids
}
