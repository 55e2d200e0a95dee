import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { SequenceReport } from './support/sequence-run.js'

const SEED = 40_231
const LONG = process.env.TEST_LONG !== undefined
const STATES = LONG ? 300 : 12
/**
 * Seed, scene and position where less was found once: 22, the way of a call that pays only with another one was chosen as if
 * it stood alone; 56 and 59, a first call had to stay below an eighth of what it may take.
 */
const PINNED = ['41231:22:9', '41231:56:4', '41231:59:4']
const RUN = join(__dirname, '../../dist/test/profit/support/sequence-run.js')

/** Big integers are slow inside jest's context: the run is a process of its own on compiled code. */
function run(version: string): Promise<SequenceReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, version, String(SEED), String(STATES), ...PINNED])
    let [said, complained] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said.trim().split('\n').at(-1) ?? '') as SequenceReport)
      else reject(new Error(`the run of ${version} with seed ${SEED} failed: ${complained}`))
    })
  })
}

/**
 * Standing positions of one and several pairs at random prices: never worse than 100, 50 and 10 % on any route, than 10,000
 * sizes of one call, or than 100 × 100 sizes of two, by more than 0.1 %; what is predicted is what is executed; and calls on
 * several pairs net the same on prepared ways.
 */
describe.each(['v3.6', 'v3.0'])('several liquidations of one position, Aave %s', (version) => {
  it(
    `nets what grids find, and lands to the wei (seed ${SEED}, ${STATES} states)`,
    async () => {
      const report = await run(version)
      process.stdout.write(`${version}: ${JSON.stringify(report)}\n`)
      expect(report.failures).toEqual([])
      expect(report.states).toBe(STATES + PINNED.length)
      expect(report.several).toBeGreaterThan(STATES / 6)
      expect(report.landed).toBeGreaterThan(0)
      expect(report.prepared).toBe(report.pairs)
    },
    LONG ? 1_800_000 : 120_000,
  )
})
