import { mulDivCeil, mulDivFloor, rayMulCeil, rayMulFloor, rayMulHalfUp } from '../../../src/domain/maths.js'
import { type RuleSet, rulesFor } from '../../../strategies/aave-v3/rules.js'
import { readEvents } from './support/event-file.js'
import { replayEvents } from './support/replay-events.js'

/**
 * Their contracts come with no package. Revisions 1 and 10 do: `replica.test.ts`, `governance.test.ts`. Of revision 3 no
 * whole source was found: among the commits of the public repository the pool's number is 1 or 2, and 3.1 begins at 4.
 */
const REVISIONS = [2, 4, 5, 6, 7, 8, 9, 11]

/** The rules by which events and time move the state and what an account is worth. */
const CHOICES = {
  eMode: ['category', 'bitmap'],
  interest: ['binomial', 'taylor'],
  collateralBalance: [rayMulHalfUp, rayMulFloor, rayMulCeil],
  debtBalance: [rayMulHalfUp, rayMulFloor, rayMulCeil],
  debtBase: [mulDivFloor, mulDivCeil],
  averagedThreshold: [true, false],
  tokenEvents: ['amount', 'balance'],
  accruesSilently: [true, false],
} as const satisfies { readonly [K in keyof RuleSet]?: readonly RuleSet[K][] }

/**
 * Swaps that leave a stream as it is. The interest of these revisions is told by the recorded states (`vectors.test.ts`);
 * the silent accrual by the streams of revisions 7 and 9 and by `replica.test.ts` alone.
 */
const UNNOTICED: Readonly<Record<number, readonly string[]>> = {
  8: ['interest = binomial', 'accruesSilently = true'],
  11: ['interest = binomial', 'accruesSilently = false'],
}

describe('Aave v3 replica over events recorded from the contracts of each revision', () => {
  test.each(REVISIONS)('revision %i: state, accounts and indexes are equal to the unit', (revision) => {
    const file = readEvents(revision)
    expect([file.revision, file.commit]).toEqual([revision, expect.stringMatching(/^[0-9a-f]{40}$/)])
    const { differences, compared } = replayEvents(file)
    expect(differences).toEqual([])
    expect([file.logs.length > 300, compared > 8]).toEqual([true, true])
  })

  test.each(REVISIONS)('revision %i: no rule could be another one unnoticed', (revision) => {
    const file = readEvents(revision)
    const rules = rulesFor(revision)
    const unnoticed: string[] = []
    for (const [name, values] of Object.entries(CHOICES))
      for (const value of values) {
        if (value === rules[name as keyof RuleSet]) continue
        const label = typeof value === 'function' ? value.name : String(value)
        if (replayEvents(file, { [name]: value }).differences.length === 0) unnoticed.push(`${name} = ${label}`)
      }
    expect(unnoticed).toEqual(UNNOTICED[revision] ?? [])
  })
})
