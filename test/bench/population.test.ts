import { dataDigest, listDigest } from '../../bench/scan/digest.js'
import { exactSlots, exactlyBelowOne } from '../../bench/scan/exact.js'
import { makeMarket } from '../../bench/scan/market.js'
import { pinOf } from '../../bench/scan/pins.js'
import { MOST_ENTRIES, makePopulation } from '../../bench/scan/population.js'

const quiet = (): void => undefined
const SIZE = 10_000

describe.each(['uniform', 'skew'] as const)('generated positions, mix %s', (mix) => {
  const market = makeMarket()
  const people = makePopulation(market, SIZE, mix, 7, quiet)

  test('are the pinned ones, and so is who is below one', () => {
    expect({
      data: dataDigest(market, people),
      below: listDigest(exactlyBelowOne(people, exactSlots(market), quiet)),
    }).toEqual(pinOf(SIZE, mix, 7))
  })

  test('have the shape the benchmark speaks of', () => {
    const holders = [0, 0]
    for (let i = 0; i < SIZE; i++) {
      const slots = people.slots.subarray(people.starts[i], people.starts[i + 1])
      const specs = Array.from(slots, (slot) => market.slots[slot])
      const debts = specs.filter((spec) => spec?.debt).length
      const wellFormed =
        slots.length <= MOST_ENTRIES && new Set(slots).size === slots.length && debts > 0 && debts < slots.length
      if (!wellFormed) throw new Error(`position ${i} has the slots ${slots.join()}`)
      for (const reserve of [0, 1])
        if (specs.some((spec) => spec?.reserve === reserve)) holders[reserve] = (holders[reserve] ?? 0) + 1
    }
    const average = people.slots.length / SIZE
    expect(average).toBeGreaterThan(mix === 'uniform' ? 4.4 : 2.9)
    expect(average).toBeLessThan(mix === 'uniform' ? 4.6 : 3.2)
    for (const count of holders) expect(count / SIZE).toBeGreaterThan(0.4)
  })

  test('another seed gives others', () => {
    expect(dataDigest(market, makePopulation(market, 1_000, mix, 8, quiet))).not.toBe(
      dataDigest(market, makePopulation(market, 1_000, mix, 7, quiet)),
    )
  })
})
