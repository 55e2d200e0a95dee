import { decimal } from '../../src/domain/decimal-json.js'
import { bestLeg } from '../../src/profit/best-leg.js'
import { combine } from '../../src/profit/combine.js'
import { startOf } from '../../src/profit/context.js'
import { largestLeg, preparedLeg, wayOf } from '../../src/profit/prepared-leg.js'
import { quotePrepared } from '../../src/profit/prepared-sequence.js'
import type { Route } from '../../src/profit/route.js'
import type { QuotedLeg } from '../../src/profit/trial.js'
import { Random } from './support/random.js'
import { randomScene, type Scene } from './support/synthetic.js'

const SEED = 9_107
const LONG = process.env.TEST_LONG !== undefined
const CASES = LONG ? 2_000 : 150

const textOf = (route: Route): string => JSON.stringify(route, decimal)

/** Scenes in which less was found once, states of the generator: a depth of less than half is left; a share was too coarse. */
const PINNED = [1_239_381_787, 3_518_245]

/** Parts of what a search nets that a prepared way may lose: rounding, and a best size elsewhere than it was. */
const SAME = { of: 9_999n, in: 10_000n }
const BEHIND = { of: 97n, in: 100n }

/** True where both have the same way behind itself, so that they can be compared. Throws where a prepared way nets less. */
function isNearlyAsGood({ plan, book, context }: Scene, leg: QuotedLeg, name: string): boolean {
  const again = preparedLeg([plan], [wayOf(leg)], context, startOf(book))
  const netOf = (answer: typeof again): bigint => ('parts' in answer ? answer.netWei : -1n)
  if (netOf(again) * SAME.in < leg.netWei * SAME.of)
    throw new Error(`${name}: ${netOf(again)} instead of ${leg.netWei}`)
  // behind itself: the pools on its way are as its own swaps leave them
  const situation = { ...leg.after, taken: new Map<string, bigint>() }
  const behind = preparedLeg([plan], [wayOf(leg)], context, situation)
  const searched = bestLeg(plan, context, situation)
  if (!('parts' in searched) || textOf(searched.way) !== textOf(leg.way)) return false
  if (netOf(behind) * BEHIND.in < searched.netWei * BEHIND.of)
    throw new Error(`${name}: ${netOf(behind)} behind itself instead of ${searched.netWei}`)
  return true
}

describe(`legs on prepared ways (seed ${SEED})`, () => {
  it('net what the search found when nothing has changed, and nearly that when the pools moved', () => {
    const random = new Random(SEED)
    let [same, moved] = [0, 0]
    for (let i = 0; i < CASES; i++) {
      const scene = randomScene(random)
      const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
      if (!('parts' in leg)) continue
      same++
      if (isNearlyAsGood(scene, leg, `seed ${SEED} case ${i}`)) moved++
    }
    process.stdout.write(`prepared: ${same} unchanged, ${moved} behind themselves\n`)
    expect(same).toBeGreaterThan(CASES / 4)
  })

  it.each(PINNED)('are sized anew where the best size is elsewhere (scene %i)', (state) => {
    const scene = randomScene(new Random(state))
    const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
    if (!('parts' in leg)) throw new Error('nothing pays')
    isNearlyAsGood(scene, leg, `scene ${state}`)
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
