import { decimal } from '../../src/domain/decimal-json.js'
import { bestLeg } from '../../src/profit/best-leg.js'
import { combine } from '../../src/profit/combine.js'
import { startOf } from '../../src/profit/context.js'
import { largestLeg, preparedLeg, wayOf } from '../../src/profit/prepared-leg.js'
import { quotePrepared } from '../../src/profit/prepared-sequence.js'
import type { Route } from '../../src/profit/route.js'
import { Random } from './support/random.js'
import { randomScene } from './support/synthetic.js'

const SEED = 9_107
const CASES = 150

const textOf = (route: Route): string => JSON.stringify(route, decimal)

describe(`legs on prepared ways (seed ${SEED})`, () => {
  it('net what the search found when nothing has changed, and nearly that when the pools moved', () => {
    const random = new Random(SEED)
    let [same, moved] = [0, 0]
    for (let i = 0; i < CASES; i++) {
      const { plan, book, context } = randomScene(random)
      const leg = bestLeg(plan, context, startOf(book))
      if (!('parts' in leg)) continue
      const again = preparedLeg([plan], [wayOf(leg)], context, startOf(book))
      const netOf = (answer: typeof again): bigint => ('parts' in answer ? answer.netWei : -1n)
      // the share is a millionth, so the size is not the same to the unit
      if (netOf(again) * 10_000n < leg.netWei * 9_999n)
        throw new Error(`seed ${SEED} case ${i}: ${netOf(again)} instead of ${leg.netWei}`)
      same++
      // behind itself: the pools on its way are as its own swaps leave them
      const behind = preparedLeg([plan], [wayOf(leg)], context, { ...leg.after, taken: new Map() })
      const searched = bestLeg(plan, context, { ...leg.after, taken: new Map() })
      if (!('parts' in searched) || textOf(searched.way) !== textOf(leg.way)) continue
      if (netOf(behind) * 100n < searched.netWei * 95n)
        throw new Error(`seed ${SEED} case ${i}: ${netOf(behind)} behind itself instead of ${searched.netWei}`)
      moved++
    }
    process.stdout.write(`prepared: ${same} unchanged, ${moved} behind themselves\n`)
    expect(same).toBeGreaterThan(CASES / 4)
  })

  it('rehearses the largest size that may be chosen, and combines as searched legs do', () => {
    const random = new Random(SEED + 1)
    let rehearsed = 0
    for (let i = 0; i < CASES; i++) {
      const { plan, book, context } = randomScene(random)
      const leg = bestLeg(plan, context, startOf(book))
      if (!('parts' in leg)) continue
      const largest = largestLeg(plan, wayOf(leg), context, startOf(book))
      const quote = quotePrepared({ ...plan, plans: [plan] }, [wayOf(leg)], context, book)
      if (largest === null || quote.leg === null) throw new Error(`seed ${SEED + 1} case ${i}: nothing is carried`)
      expect(largest.amounts.repay).toBeGreaterThanOrEqual(quote.leg.amounts.repay)
      expect(largest.way).toBe(leg.way)
      expect(combine([quote], context, book).opportunity?.legs).toHaveLength(1)
      rehearsed++
    }
    expect(rehearsed).toBeGreaterThan(CASES / 4)
  })

  it('refuses when no way fits the plan any more', () => {
    const random = new Random(SEED + 2)
    const { plan, book, context } = randomScene(random)
    expect(preparedLeg([plan], [], context, startOf(book))).toMatchObject({ code: 'no-route' })
  })
})
