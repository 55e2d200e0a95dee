import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { PropertyReport } from './support/property-run.js'

const SEED = 20_261_120
const CASES = 2_000
const RUN = join(__dirname, '..', '..', '..', 'dist', 'test', 'strategies', 'aave-v3', 'support', 'property-run.js')

/** Big integers are slow inside jest's context: the run is a process of its own on compiled code. */
function propertyRun(version: string): Promise<PropertyReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, version, String(SEED), String(CASES)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [said, complained] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said.trim().split('\n').at(-1) ?? '') as PropertyReport)
      else reject(new Error(`the run of ${version} with seed ${String(SEED)} failed: ${complained}`))
    })
  })
}

const BOTH = [
  'half',
  'full by health factor',
  'capped by collateral',
  'protocol fee',
  'eMode, member',
  'eMode, other collateral',
  'same asset',
  'refused healthy',
  'then another',
  'then healthy',
]
const ONLY_V36 = ['full by size', 'refused dust-rule', 'deficit']

describe('Aave v3 strategy against the real pool', () => {
  let reports: ReadonlyMap<string, PropertyReport>

  beforeAll(async () => {
    const runs = await Promise.all(['v3.0', 'v3.6'].map(propertyRun))
    reports = new Map(runs.map((report) => [report.version, report]))
    for (const { version, cases, seconds, branches } of runs) {
      const counts = Object.entries(branches).map(([name, count]) => `${name} ${String(count)}`)
      process.stderr.write(
        `aave-v3 ${version}: ${String(cases)} states, seed ${String(SEED)}, ${seconds.toFixed(1)} s: ${counts.join(' · ')}\n`,
      )
    }
  }, 180_000)

  test.each([
    ['v3.0', BOTH],
    ['v3.6', [...BOTH, ...ONLY_V36]],
  ])(
    '%s: health factor, repayment, seizure, fee, refusals and a second liquidation equal the chain to the wei',
    (version, branches) => {
      const report = reports.get(version)
      expect({ seed: SEED, differences: report?.differences }).toEqual({ seed: SEED, differences: [] })
      expect(report?.cases).toBeGreaterThanOrEqual(CASES)
      const rare = branches.filter((name) => (report?.branches[name] ?? 0) < 50)
      expect({ seed: SEED, rare }).toEqual({ seed: SEED, rare: [] })
    },
  )

  test('a cold start needs at most a tenth of a request per borrower', () => {
    for (const { snapshotRequests, positions } of reports.values()) {
      expect(snapshotRequests).toBeLessThanOrEqual(positions * 0.1)
    }
  })
})
