import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bestLeg } from '../../src/profit/best-leg.js'
import { startOf } from '../../src/profit/context.js'
import type { GridResult } from './support/grid.js'
import { Random } from './support/random.js'
import { allRoutes, best, netOf } from './support/reference.js'
import { randomScene, type Scene } from './support/synthetic.js'

const SEED = 7_021
const LONG = process.env.TEST_LONG !== undefined
const LADDER_CASES = LONG ? 600 : 120
const GRID_CASES = LONG ? 60 : 6
const GRID = 10_000

/** Scenes in which two pools that do better together were not seen once: states of the generator. */
const PINNED = [
  { what: 'the smaller share is a hundredth', state: -1_875_722_332 },
  { what: 'neither is the best one alone', state: -454_053_675 },
  { what: 'both carry what is owed, but not what is seized', state: 14_026_758 },
  { what: 'one of them carries nothing alone', state: 17_616_274 },
]

/** The best of all, half and a tenth on every route. */
function rungsOf(scene: Scene): bigint | null {
  const { maxRepay } = scene.plan
  const sizes = [maxRepay, maxRepay / 2n, maxRepay / 10n]
  return best(allRoutes(scene).flatMap((route) => sizes.map((size) => netOf(scene, route, size))))
}

describe(`bestLeg on random pools and rules (seed ${SEED})`, () => {
  it('is worse by a hundredth at the most than all, half or a tenth on any route', () => {
    const random = new Random(SEED)
    let [compared, worse] = [0, 0]
    for (let i = 0; i < LADDER_CASES; i++) {
      const scene = randomScene(random)
      const rungs = rungsOf(scene)
      if (rungs === null) continue
      compared++
      const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
      const mine = 'netWei' in leg ? leg.netWei : null
      if (mine !== null && mine < rungs) worse++
      if (mine === null || mine * 100n < rungs * 99n)
        throw new Error(`seed ${SEED} case ${i}: ${mine} is worse than ${rungs}`)
    }
    process.stdout.write(`ladder: ${compared} of ${LADDER_CASES} cases had a profitable rung, ${worse} a better one\n`)
    expect(compared).toBeGreaterThan(LADDER_CASES / 3)
    expect(worse).toBeLessThanOrEqual(Math.ceil(compared / 100))
  })

  it.each(PINNED)('sees two pools that share a swap where $what', ({ state }) => {
    const scene = randomScene(new Random(state))
    const rungs = rungsOf(scene)
    const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
    expect(rungs !== null && 'netWei' in leg && leg.netWei >= rungs).toBe(true)
  })

  it(`is within 0.1 % of the best of ${GRID} sizes on the best routes`, () => {
    const script = join(__dirname, '../../dist/test/profit/support/grid.js')
    const args = [script, SEED + 1, GRID_CASES, GRID].map(String)
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(status).toBe(0)
    const result = JSON.parse(stdout) as GridResult
    process.stdout.write(`grid: ${result.compared} cases, ${result.sizes} sizes\n`)
    expect(result.failures).toEqual([])
    expect(result.compared).toBe(GRID_CASES)
  })
})
