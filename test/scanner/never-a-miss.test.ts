import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { AdversaryResult } from './support/adversary.js'
import type { LiveResult } from './support/live.js'

const LONG = process.env['TEST_LONG'] !== undefined
const SEED = 20_261
/** Compiled code in its own process: as in production, with a real worker thread. */
function run<T>(script: string, ...args: (string | number)[]): Promise<T> {
  const path = join(__dirname, '../../dist/test/scanner/support', `${script}.js`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (data: Buffer) => (text += data.toString()))
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as T)
      else reject(new Error(`${script} ${args.join(' ')} ended with ${code}`))
    })
  })
}

describe('the scan never misses', () => {
  const POSITIONS = LONG ? 400_000 : 67_000

  it(`${3 * POSITIONS} positions within a few wei of a health factor of one, under three rounding rule sets`, async () => {
    // 3.0: half up, averaged threshold · 3.5 and 3.7: floor and ceil, exact threshold
    const revisions = [1, 9, 11]
    const results: AdversaryResult[] = []
    for (const revision of revisions) results.push(await run<AdversaryResult>('adversary', revision, POSITIONS, SEED))
    process.stdout.write(`adversary, seed ${SEED}: ${JSON.stringify(results)}\n`)
    for (const { liquidatable, missed, missedHot, wronglyCertain, how } of results) {
      expect({ missed, missedHot, wronglyCertain, how }).toEqual({
        missed: 0,
        missedHot: 0,
        wronglyCertain: 0,
        how: 'hot',
      })
      expect(liquidatable).toBeGreaterThan(POSITIONS / 20)
      expect(liquidatable).toBeLessThan((POSITIONS * 19) / 20)
    }
  }, 300_000)

  it('a live stream with several prices at a time, changed rows and rebuilds, u8 and u16 slots, both kernels', async () => {
    const events = LONG ? 4_000 : 120
    const base = { seed: SEED, events, positions: 1_500 }
    const results = [
      await run<LiveResult>('live', JSON.stringify({ ...base, revision: 11, reserves: 30, kernel: 'wasm-simd' })),
      await run<LiveResult>('live', JSON.stringify({ ...base, revision: 3, reserves: 120, kernel: 'wasm-simd' })),
      await run<LiveResult>(
        'live',
        JSON.stringify({ ...base, revision: 9, reserves: 30, kernel: 'js', events: events / 2 }),
      ),
    ]
    process.stdout.write(`live stream, seed ${SEED}: ${JSON.stringify(results)}\n`)
    for (const { missed, wronglyCertain, different, audits, hot, epochs } of results) {
      expect({ missed, wronglyCertain, different, audits }).toEqual({
        missed: 0,
        wronglyCertain: 0,
        different: 0,
        audits: 0,
      })
      expect(hot).toBeGreaterThan(20)
      expect(epochs).toBeGreaterThan(3)
    }
    expect(results[1]?.slots).toBeGreaterThan(254)
  }, 600_000)
})
