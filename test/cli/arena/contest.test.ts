import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { contest } from '../../../src/cli/arena/contest.js'
import { KEEPER_ENV, RIVALS } from '../../../src/cli/arena/field.js'
import { resultOf, type ArenaResult } from '../../../src/cli/arena/result.js'
import { Witness } from '../../../src/cli/arena/witness.js'
import { projectRoot } from '../../../src/config/project-root.js'

const isLong = process.env['TEST_LONG'] === '1'

test('a small contest: everybody works, the books agree with the chain, nothing is public', async () => {
  const said: string[] = []
  const witness = new Witness()
  const options = {
    borrowers: 40,
    moves: 3,
    seed: 7,
    slotMs: 300,
    withKeeper: true,
    rivals: RIVALS,
    env: KEEPER_ENV,
    witness,
  }
  // a contestant that says it has earned more than it has fails the tally itself
  const all = await contest({ ...options, say: (line) => said.push(line) })
  const result = resultOf(all, 40, RIVALS, [1, 1, 1])
  expect(said.filter((line) => line.startsWith('move'))).toHaveLength(3)
  expect(all.liquidations.length).toBeGreaterThan(0)
  expect(all.deeds.every(({ by }) => ['keeper', ...RIVALS.map(({ name }) => name)].includes(by))).toBe(true)
  expect(result).toMatchObject({ positions: 40, publicTransactions: 0, losingTransactions: 0 })
  // against these rivals a keeper whose positions fall together lands next to nothing
  expect(result.shareOfLiquidations).toBeGreaterThan(0.5)
  // whoever lost a position is told what became of it
  const lost = all.liquidations.filter(({ by }) => by !== 'keeper')
  expect(witness.losses(all).length).toBeGreaterThanOrEqual(lost.length)
  expect(Object.values(result.sharesByChannel).every((share) => share >= 0 && share <= 1)).toBe(true)
})

if (isLong)
  test('the whole arena: no rival is a straw man, and the keeper lands nine tenths, in each channel most', () => {
    const args = ['--max-old-space-size=2048', join(projectRoot(), 'bin', 'keeper.js'), 'arena', '--json']
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(status).toBe(0)
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ArenaResult
    expect(result.positions).toBeGreaterThanOrEqual(300)
    expect(result.rivals.every(({ alone, liquidations }) => alone >= 0.8 && liquidations > 0)).toBe(true)
    expect(result).toMatchObject({ losingTransactions: 0, publicTransactions: 0 })
    expect(Math.min(result.shareOfLiquidations, result.shareOfProfit)).toBeGreaterThanOrEqual(0.9)
    expect(Math.min(...Object.values(result.sharesByChannel))).toBeGreaterThanOrEqual(0.8)
  })
