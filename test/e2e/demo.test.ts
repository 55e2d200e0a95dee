import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { DemoResult } from '../../src/cli/demo/result.js'

const root = join(__dirname, '..', '..')

function demo(...args: string[]): { result: DemoResult; status: number | null; told: string } {
  const done = spawnSync(process.execPath, [join(root, 'bin', 'keeper.js'), 'demo', '--json', ...args], {
    encoding: 'utf8',
    timeout: 150_000,
    killSignal: 'SIGINT',
  })
  const last = done.stdout.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`no result: ${done.stderr.slice(-2_000)}`)
  return { result: JSON.parse(last) as DemoResult, status: done.status, told: done.stderr }
}

describe('keeper demo', () => {
  it('earns what its ledger says, leaves nothing profitable, sends nothing in public', () => {
    const { result, status, told } = demo()
    expect({ status, told: status === 0 ? '' : told }).toEqual({ status: 0, told: '' })
    expect(result.landed).toBeGreaterThanOrEqual(10)
    expect(result.landed + result.refused.length).toBe(result.liquidatable)
    expect(result.refused.map(({ reason }) => reason).sort()).toEqual(['below-min-profit', 'grace-period', 'no-route'])
    expect(BigInt(result.profitWei)).toBeGreaterThan(0n)
    expect(result).toMatchObject({
      scenario: 'crash',
      positions: 40,
      profitableLeft: 0,
      ownerDeltaWei: result.profitWei,
      wouldHaveEarnedWei: '0',
      publicTransactions: 0,
    })
    expect(told).toMatch(/^VERDICT {4}all is well/m)
  }, 160_000)

  // the check of a fresh clone runs both; a skipped test would hide in the summary
  if (process.env['TEST_LONG'] !== undefined)
    it('sends nothing in a dry run and says what it would have earned', () => {
      const { result, status } = demo('--dry-run')
      expect(status).toBe(0)
      expect(result).toMatchObject({ landed: 0, profitWei: '0', ownerDeltaWei: '0', publicTransactions: 0 })
      expect(BigInt(result.wouldHaveEarnedWei)).toBeGreaterThan(0n)
    }, 160_000)
})
