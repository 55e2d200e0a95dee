/** A process of its own, on compiled code: `node grid.js <seed> <cases> <points>` compares bestLeg with fine grids. */
import { bestLeg } from '../../../src/profit/best-leg.js'
import { startOf } from '../../../src/profit/context.js'
import { Random } from './random.js'
import { allRoutes, best, netOf } from './reference.js'
import { randomScene, type Scene } from './synthetic.js'

export interface GridResult {
  readonly compared: number
  readonly sizes: number
  readonly failures: readonly string[]
}

const COARSE = 40

/** The two routes that a coarse grid finds best: the fine one runs on these. */
function routesWorthIt(scene: Scene) {
  const size = (k: number): bigint => (scene.plan.maxRepay * BigInt(k)) / BigInt(COARSE)
  return allRoutes(scene)
    .map((route) => {
      const nets = Array.from({ length: COARSE }, (_, k) => netOf(scene, route, size(k + 1)))
      return { route, net: best(nets) ?? 0n }
    })
    .sort((a, b) => (a.net < b.net ? 1 : -1))
    .slice(0, 2)
}

function run(seed: number, cases: number, points: number): GridResult {
  const random = new Random(seed)
  const failures: string[] = []
  let compared = 0
  let sizes = 0
  for (let i = 0; compared < cases; i++) {
    const scene = randomScene(random)
    const leg = bestLeg(scene.plan, scene.context, startOf(scene.book))
    if (!('netWei' in leg)) continue
    compared++
    for (const { route } of routesWorthIt(scene)) {
      for (let k = 1; k <= points; k++) {
        sizes++
        const net = netOf(scene, route, (scene.plan.maxRepay * BigInt(k)) / BigInt(points))
        if (net === null || leg.netWei * 1_000n >= net * 999n) continue
        failures.push(`seed ${seed} case ${i}: ${leg.netWei} against ${net} at ${k} of ${points}`)
        break
      }
    }
  }
  return { compared, sizes, failures }
}

if (require.main === module) {
  const [seed = 0, cases = 0, points = 0] = process.argv.slice(2).map(Number)
  process.stdout.write(JSON.stringify(run(seed, cases, points)))
}
