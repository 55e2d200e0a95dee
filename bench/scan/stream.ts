import { exactSlots } from './exact.js'
import type { Entry, Ledger } from './ledger.js'
import { type BenchMarket, RESERVES, debtSlot } from './market.js'
import { MOST_ENTRIES } from './population.js'
import { type Random, zipf } from './random.js'

/** One position's new entries, all of them. */
export interface RowEvent {
  readonly position: number
  readonly before: readonly Entry[]
  readonly entries: readonly Entry[]
}

/** A reserve's index grew. */
export interface IndexEvent {
  readonly reserve: number
  readonly debt: boolean
  readonly index: bigint
}

export interface StreamEvent {
  readonly prices: readonly { readonly reserve: number; readonly price: bigint }[]
  /** Only with a block. */
  readonly rows: readonly RowEvent[]
  readonly indexes: readonly IndexEvent[]
}

const BLOCK_EVERY = 8
const ROWS_A_BLOCK = 200
const INDEXES_A_BLOCK = 20
/** Of a block's row events so many heal a position that is below one, as a liquidation does. */
const LIQUIDATIONS = 40
const STRUCTURAL = 0.15
const SEVERAL = 0.3
const JUMP = 0.015
/** How much of its distance from where it started a price keeps at a move: the stream should not bankrupt everybody. */
const KEPT = 0.9
const MOVERS = zipf(RESERVES, 0.7)

/** A fixed-seed stream of price moves, with a block of position and index changes at every eighth event. */
export class Stream {
  private readonly start: readonly bigint[]
  private readonly logs: Float64Array
  private count = 0

  constructor(
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {
    this.start = [...ledger.market.price]
    this.logs = new Float64Array(RESERVES)
  }

  /** `below`: who is below one now, for the liquidations. The market and the ledger are the caller's to change. */
  next(below: readonly number[]): StreamEvent {
    const isBlock = ++this.count % BLOCK_EVERY === 0
    return {
      prices: this.prices(),
      rows: isBlock ? this.rows(below) : [],
      indexes: isBlock ? Array.from({ length: INDEXES_A_BLOCK }, () => this.index()) : [],
    }
  }

  private prices(): { reserve: number; price: bigint }[] {
    const { random } = this
    const moves = random.unit() < SEVERAL ? 2 + random.below(6) : 1
    const reserves = new Set<number>()
    while (reserves.size < moves) reserves.add(random.pick(MOVERS))
    return Array.from(reserves, (reserve) => {
      const jump = random.unit() < JUMP ? random.between(-0.06, 0.06) : 0.0015 * random.normal()
      const log = KEPT * (this.logs[reserve] ?? 0) + jump
      this.logs[reserve] = log
      return { reserve, price: BigInt(Math.round(Number(this.start[reserve]) * Math.exp(log))) }
    })
  }

  private index(): IndexEvent {
    const reserve = this.random.below(RESERVES)
    const debt = this.random.unit() < 0.5
    const { borrowIndex, liquidityIndex } = this.ledger.market
    const before = (debt ? borrowIndex : liquidityIndex)[reserve] ?? 0n
    return { reserve, debt, index: before + (before * BigInt(this.random.below(1_000))) / 1_000_000_000n }
  }

  private rows(below: readonly number[]): RowEvent[] {
    const events = new Map<number, RowEvent>()
    const put = (position: number, change: (before: readonly Entry[]) => readonly Entry[]): void => {
      const before = this.ledger.entries(position)
      if (!events.has(position)) events.set(position, { position, before, entries: change(before) })
    }
    for (const position of below.slice(0, LIQUIDATIONS)) put(position, (before) => this.liquidated(before))
    while (events.size < ROWS_A_BLOCK)
      put(this.random.below(this.ledger.people.size), (before) =>
        this.random.unit() < STRUCTURAL ? this.restructured(before) : this.moved(before),
      )
    return [...events.values()]
  }

  /** Half of every debt repaid, a third of every collateral gone. */
  private liquidated(before: readonly Entry[]): Entry[] {
    return before.map(({ slot, scaled }) => ({
      slot,
      scaled: (this.isDebt(slot) ? scaled / 2n : (scaled * 2n) / 3n) + 2n,
    }))
  }

  /** One balance up or down by up to 5 %. */
  private moved(before: readonly Entry[]): Entry[] {
    const chosen = this.random.below(before.length)
    const parts = BigInt(950_000 + this.random.below(100_001))
    return before.map((entry, i) =>
      i === chosen ? { ...entry, scaled: (entry.scaled * parts) / 1_000_000n + 2n } : entry,
    )
  }

  /** One entry more or one less; the last collateral and the last debt stay. */
  private restructured(before: readonly Entry[]): readonly Entry[] {
    const { random } = this
    const chosen = random.below(before.length)
    const slot = before[chosen]?.slot ?? 0
    const alike = before.filter((entry) => this.isDebt(entry.slot) === this.isDebt(slot)).length
    if (alike > 1 && random.unit() < 0.5) return before.filter((_, i) => i !== chosen)
    const reserve = random.below(RESERVES)
    const taken = before.some((entry) => this.reserveOf(entry.slot) === reserve)
    if (taken || before.length >= MOST_ENTRIES) return this.moved(before)
    const added = random.unit() < 0.8 ? reserve : debtSlot(reserve)
    return [...before, { slot: added, scaled: this.dollars(added, 1 + random.below(200)) }]
  }

  private dollars(slot: number, usd: number): bigint {
    const spec = exactSlots(this.ledger.market)[slot]
    if (spec === undefined) return 2n
    return (BigInt(usd) * 10n ** 35n * spec.unit) / (spec.price * spec.index) + 2n
  }

  private isDebt(slot: number): boolean {
    return this.ledger.market.slots[slot]?.debt === true
  }

  private reserveOf(slot: number): number {
    return this.ledger.market.slots[slot]?.reserve ?? -1
  }
}

/** Puts an event's prices and indexes into the market. */
export function applyToMarket(market: BenchMarket, event: StreamEvent): void {
  for (const { reserve, price } of event.prices) market.price[reserve] = price
  for (const { reserve, debt, index } of event.indexes)
    (debt ? market.borrowIndex : market.liquidityIndex)[reserve] = index
}
