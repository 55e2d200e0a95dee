import type { Opportunity } from '../../../src/domain/opportunity.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { refuse } from '../../../src/domain/refusal.js'
import { offerAll } from '../../../src/cli/keeper/offering.js'
import { QuoteTurns } from '../../../src/cli/keeper/quote-turns.js'
import { Suspects } from '../../../src/cli/keeper/suspects.js'
import type { PositionQuote } from '../../../src/profit/combine.js'

const quoteOf = (position: string): PositionQuote => ({ market: 'm', position, plans: [], leg: null, refusal: null })

/** A lane that takes everything but transactions with a bad position; `poison` cannot even be computed. */
function lane(suspects: Suspects) {
  const offered: string[][] = []
  const run = async (positions: readonly string[], block: number): Promise<string[]> => {
    offered.length = 0
    const refusals = await offerAll(positions.map(quoteOf), suspects, block, {
      combine: (quotes) => {
        if (quotes.some(({ position }) => position === 'poison')) throw new RangeError('beyond 128 bits')
        const legs = quotes.map(({ market, position }) => ({ market, position }))
        return { opportunity: { legs } as unknown as Opportunity, refusals: [] }
      },
      offer: ({ legs }) => {
        offered.push(legs.map(({ position }) => position))
        const isBad = legs.some(({ position }) => position === 'bad')
        return Promise.resolve(isBad ? refuse('simulation-failed', 'reverted') : ({ id: 'i' } as never))
      },
      ...{ logger: silentLogger, metrics: noMetrics },
    })
    return refusals.map(({ position }) => position)
  }
  return { offered, run }
}

test('what fails together goes alone in the same block, and only the bad one is refused', async () => {
  const { offered, run } = lane(new Suspects())
  expect(await run(['a', 'bad', 'b'], 100)).toEqual(['bad'])
  expect(offered).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']])
})

test('what is too much together goes one by one, and nobody is suspected for it', async () => {
  const suspects = new Suspects()
  const offered: string[][] = []
  const said = await offerAll(['a', 'b'].map(quoteOf), suspects, 100, {
    combine: (quotes) => ({ opportunity: { legs: quotes } as unknown as Opportunity, refusals: [] }),
    offer: ({ legs }) => {
      offered.push(legs.map(({ position }) => position))
      return Promise.resolve(legs.length > 1 ? refuse('exposure', 'too much') : ({ id: 'i' } as never))
    },
    ...{ logger: silentLogger, metrics: noMetrics },
  })
  expect([said, offered]).toEqual([[], [['a', 'b'], ['a'], ['b']]])
  expect(suspects.isAlone('m/a', 101)).toBe(false)
})

test('a position that keeps failing is tried ever less often, and never with others', async () => {
  const { offered, run } = lane(new Suspects())
  const tried: number[] = []
  for (let block = 100; block < 200; block++) {
    expect(await run(['bad', 'a', 'b'], block)).toEqual(['bad'])
    if (offered.some((group) => group.includes('bad'))) tried.push(block)
    if (block > 100) expect(offered.filter((group) => group.includes('bad') && group.length > 1)).toEqual([])
  }
  expect(tried).toEqual([100, 103, 108, 117, 134, 167])
})

test('a position of which no transaction can be made does not end the block for the others', async () => {
  const { offered, run } = lane(new Suspects())
  expect(await run(['a', 'poison', 'b'], 100)).toEqual(['poison'])
  expect(offered).toEqual([['a'], ['b']])
})

test('large positions that are refused in every block do not take the turn of the others', () => {
  const turns = new QuoteTurns()
  const all = Array.from({ length: 10 }, (_, i) => ({ place: `p${i}`, size: BigInt(100 - i) }))
  const of = { place: (one: (typeof all)[number]) => one.place, size: (one: (typeof all)[number]) => one.size }
  const seen: string[][] = []
  for (let block = 0; block < 4; block++) {
    const { now, later } = turns.split(all, 4, of)
    seen.push(now.map(of.place))
    turns.quoted(now.map(of.place), later.map(of.place), block)
  }
  expect(seen.slice(0, 3)).toEqual([
    ['p0', 'p1', 'p2', 'p3'],
    ['p4', 'p5', 'p6', 'p7'],
    ['p8', 'p9', 'p0', 'p1'],
  ])
})
