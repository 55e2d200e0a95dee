import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../../../src/config/project-root.js'
import { RULES } from '../../../strategies/aave-v3/rules.js'
import { judgeVector } from './support/judge-vector.js'
import type { SwapReport } from './support/rule-swaps.js'
import { readVectors, stateOf } from './support/vector-file.js'

const CASES = 350
/** How often each branch must have happened in a file. */
const OFTEN = 3

const ALWAYS = [
  ...['half', 'full by health factor', 'part', 'capped by collateral', 'protocol fee', 'no protocol fee', 'no eMode'],
  ...['eMode, member', 'eMode, other collateral', 'same asset'],
  ...['refused healthy', 'refused paused', 'refused no-liquidity', 'refused dust-rule'],
]
const EMODE_PRICE = ['eMode price']
const GRACE = ['refused grace-period']
const SENTINEL = ['refused sentinel']
const SIZE = ['full by size', 'deficit', 'deficit in several reserves']
const OWN_THRESHOLD = ['refused no-collateral']

/**
 * Revision → what its rule set must have met. Revisions 1 and 10 come from packages: `property.test.ts`. The contracts of
 * revision 3 were not found as a whole; where they are shown beside 3.1 they differ from revision 2 in the number alone.
 */
const EXPECTED: readonly (readonly [number, readonly string[]])[] = [
  [2, [...ALWAYS, ...SENTINEL, ...EMODE_PRICE, ...OWN_THRESHOLD]],
  [4, [...ALWAYS, ...SENTINEL, ...EMODE_PRICE, ...OWN_THRESHOLD, ...GRACE]],
  [5, [...ALWAYS, ...SENTINEL, ...OWN_THRESHOLD, ...GRACE]],
  [6, [...ALWAYS, ...SENTINEL, ...OWN_THRESHOLD, ...GRACE]],
  [7, [...ALWAYS, ...SENTINEL, ...OWN_THRESHOLD, ...GRACE, ...SIZE]],
  [8, [...ALWAYS, ...SENTINEL, ...OWN_THRESHOLD, ...GRACE, ...SIZE]],
  [9, [...ALWAYS, ...SENTINEL, ...OWN_THRESHOLD, ...GRACE, ...SIZE]],
  [11, [...ALWAYS, ...OWN_THRESHOLD, ...GRACE, ...SIZE, 'own threshold zero']],
]

/** In a process of its own on compiled code: big integers are slow inside jest's context. */
function swapReport(): SwapReport {
  const script = join(projectRoot(), 'dist', 'test', 'strategies', 'aave-v3', 'support', 'rule-swaps.js')
  const revisions = EXPECTED.map(([revision]) => String(revision))
  return JSON.parse(execFileSync(process.execPath, [script, ...revisions], { encoding: 'utf8' })) as SwapReport
}

describe('Aave v3 rule sets against figures recorded from the contracts of each revision', () => {
  test.each(EXPECTED)('revision %i: accounts, calls and refusals are equal to the unit', (revision, branches) => {
    const file = readVectors(revision)
    expect(file.revision).toBe(revision)
    expect(file.commit).toMatch(/^[0-9a-f]{40}$/)
    const states = file.scenarios.map((scenario) => stateOf(file, scenario))
    const met: Record<string, number> = {}
    const differences: string[] = []
    for (const [i, one] of file.cases.entries()) {
      const state = states[one.s]
      if (state === undefined) throw new Error(`case ${String(i)} names scenario ${String(one.s)}, which is not there`)
      const verdict = judgeVector(file, state, one)
      for (const name of verdict.branches) met[name] = (met[name] ?? 0) + 1
      for (const text of verdict.differences) {
        differences.push(`case ${String(i)} (${file.scenarios[one.s]?.note ?? ''}): ${text}`)
      }
    }
    const counts = Object.entries(met).map(([name, count]) => `${name} ${String(count)}`)
    const version = RULES.get(revision)?.version ?? ''
    process.stderr.write(
      `aave-v3 revision ${String(revision)} (${version}): ${String(file.cases.length)} cases: ${counts.join(' · ')}\n`,
    )
    expect(differences).toEqual([])
    expect(file.cases.length).toBeGreaterThanOrEqual(CASES)
    expect(branches.filter((name) => (met[name] ?? 0) < OFTEN)).toEqual([])
  })

  test('no rule of a revision could be another one without a recorded figure that says so', () => {
    const { swaps, unnoticed } = swapReport()
    expect(swaps).toBeGreaterThan(200)
    // revision 2 has no grace periods, so a rule for them has nothing to look at
    expect(unnoticed).toEqual(['revision 2: gracePeriod = true'])
  }, 60_000)
})
