import { PERCENTAGE_FACTOR, RAY, WAD, divCeil, wadDivHalfUp } from '../../src/domain/maths.js'
import { type BenchMarket, indexOf } from './market.js'
import { type Population, scaledAt } from './population.js'

/** One balance of a position. `threshold` in basis points is the eMode's or the reserve's; zero for debt. */
export interface BaselineEntry {
  reserve: number
  scaled: bigint
  threshold: bigint
}

export interface BaselinePosition {
  readonly number: number
  readonly collaterals: BaselineEntry[]
  readonly debts: BaselineEntry[]
}

/**
 * What a keeper written straight from the contracts does: an object per position, BigInt figures, a map by address, every
 * position valued at every price. It is generous to itself: price × index is cached per reserve once a scan, and nothing is
 * allocated per position but BigInts.
 */
export class Baseline {
  readonly positions: BaselinePosition[] = []
  readonly byAddress = new Map<string, BaselinePosition>()

  constructor(
    private readonly market: BenchMarket,
    people: Population,
    addressOf: (position: number) => string,
  ) {
    for (let i = 0; i < people.size; i++) {
      const position: BaselinePosition = { number: i, collaterals: [], debts: [] }
      const end = people.starts[i + 1] ?? 0
      for (let entry = people.starts[i] ?? 0; entry < end; entry++)
        this.put(position, people.slots[entry] ?? 0, scaledAt(people, entry))
      this.positions.push(position)
      this.byAddress.set(addressOf(i), position)
    }
  }

  /** Sets one balance; zero removes the entry. */
  set(address: string, slot: number, scaled: bigint): void {
    const position = this.byAddress.get(address)
    if (position !== undefined) this.put(position, slot, scaled)
  }

  private put(position: BaselinePosition, slot: number, scaled: bigint): void {
    const spec = this.market.slots[slot]
    if (spec === undefined) return
    const side = spec.debt ? position.debts : position.collaterals
    const at = side.findIndex((entry) => entry.reserve === spec.reserve)
    const entry = side[at]
    if (entry === undefined) side.push({ reserve: spec.reserve, scaled, threshold: spec.threshold })
    else if (scaled === 0n) side.splice(at, 1)
    else entry.scaled = scaled
  }

  /** Numbers of the positions with a health factor below one, in the order of the objects. */
  scan(): number[] {
    const { units } = this.market
    const income = this.pricedIndexes(false)
    const owed = this.pricedIndexes(true)
    const scale = units.map((unit) => unit * RAY)
    const found: number[] = []
    for (const position of this.positions) {
      let weighted = 0n
      for (const { reserve, scaled, threshold } of position.collaterals)
        weighted += ((scaled * (income[reserve] ?? 0n)) / (scale[reserve] ?? 1n)) * threshold
      let debt = 0n
      for (const { reserve, scaled } of position.debts)
        debt += divCeil(scaled * (owed[reserve] ?? 0n), scale[reserve] ?? 1n)
      if (debt > 0n && wadDivHalfUp(weighted, debt) / PERCENTAGE_FACTOR < WAD) found.push(position.number)
    }
    return found
  }

  private pricedIndexes(debt: boolean): bigint[] {
    return this.market.price.map(
      (price, reserve) => price * indexOf(this.market, { reserve, debt, eMode: 0, threshold: 0n }),
    )
  }
}
