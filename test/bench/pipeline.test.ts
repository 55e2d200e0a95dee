import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'

const figures = z.object({
  positions: z.number(),
  realPositions: z.number(),
  triggers: z.number(),
  bundles: z.number(),
  landed: z.number(),
  refused: z.record(z.string(), z.number()),
  p50Ms: z.number().positive(),
  p99Ms: z.number().positive(),
  floorMs: z.number().positive(),
  timesFloorP50: z.number().positive(),
  timesFloorP99: z.number().positive(),
  timesOrdinary: z.number().positive(),
  stages: z.record(z.string(), z.object({ p50Ms: z.number(), p99Ms: z.number() })),
})

const main = join(__dirname, '..', '..', 'dist', 'bench', 'main.js')
const TRIGGERS = 8
const POSITIONS = 2_000

/** The compiled benchmark, as `npm run bench` starts it; it takes its own processes with it when it ends. */
async function run(): Promise<z.infer<typeof figures>> {
  const size = ['--triggers', String(TRIGGERS), '--positions', String(POSITIONS), '--ordinary', '1']
  const child = spawn(process.execPath, [main, 'pipeline', '--json', ...size], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve)
    })
    if (code !== 0) throw new Error(`the benchmark ended with ${String(code)}\n${out}\n${errors}`)
  } finally {
    child.kill('SIGKILL')
  }
  return figures.parse(JSON.parse(out.trim().split('\n').at(-1) ?? ''))
}

/** Its times say nothing on a machine that runs other tests; what it counts does. */
test('every report that opens positions leads to a bundle that all relays take, or to a reason', async () => {
  const { triggers, bundles, landed, refused, positions, realPositions, stages, ...times } = await run()
  expect({ triggers, positions }).toEqual({ triggers: TRIGGERS, positions: POSITIONS })
  expect(realPositions).toBeGreaterThanOrEqual(TRIGGERS)
  const others = Object.values(refused).reduce((sum, count) => sum + count, 0)
  expect(landed + others).toBe(TRIGGERS)
  expect(bundles).toBeGreaterThanOrEqual(TRIGGERS - 1)
  expect(landed).toBeGreaterThanOrEqual(TRIGGERS - 1)
  // prepared, not improvised: the way of those that are not has no such stage
  expect(Object.keys(stages)).toEqual(expect.arrayContaining(['decode', 'scan', 'quote', 'offer']))
  expect(times.timesFloorP50).toBeCloseTo(times.p50Ms / times.floorMs, 1)
}, 180_000)
