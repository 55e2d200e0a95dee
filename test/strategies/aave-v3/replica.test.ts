import type { Delta } from '../../../src/domain/strategy.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import type { AaveState } from '../../../strategies/aave-v3/state.js'
import { FOR_ATOKENS, actRound, liquidateOne } from './support/actions.js'
import { figures, solvencyDifferences } from './support/compare.js'
import { follow } from './support/follow.js'
import { Random } from './support/random.js'
import { openPositions } from './support/standing.js'
import { type World, startWorld } from './support/world.js'

const SEED = 77
const ROUNDS = 6
/** Where a kind has not happened by then, the stream goes on: until it has, or so many times as long. */
const LONGEST = 4 * ROUNDS
/** Each must have happened, so that the stream proves something about it. */
const KINDS = [
  ...['supply', 'borrow', 'repay', 'withdraw', 'transfer', 'enabled', 'disabled', 'setUserEMode', 'repayWithATokens'],
  ...['liquidated', 'liquidated for aTokens', 'setEModeCategory', 'configureReserveAsCollateral', 'mintToTreasury'],
]

const snapshot = async (world: World): Promise<AaveState> =>
  aaveV3.snapshot(world.reader, world.market, await world.head(), () => undefined)

describe.each(['v3.0', 'v3.6'] as const)('replica of Aave %s', (version) => {
  let world: World

  beforeAll(async () => {
    world = await startWorld(version)
  }, 120_000)
  afterAll(() => world.stop())

  test(`a random stream leaves it equal to the chain, and undo restores it exactly (seed ${String(SEED)})`, async () => {
    const random = new Random(SEED)
    const users = await openPositions(world, 20, SEED)
    const state = await snapshot(world)
    const start = await world.head()
    let cursor = start.number
    const deltas: Delta[] = []
    const done: Record<string, number> = {}
    let middle = { text: aaveV3.save(state), deltas: 0 }
    // what is liquidated for aTokens comes last in any case
    const rare = (): string[] => KINDS.filter((kind) => (done[kind] ?? 0) === 0 && kind !== FOR_ATOKENS)
    for (let round = 0; round < ROUNDS || (rare().length > 0 && round < LONGEST); round++) {
      await actRound({ world, random, users, state, done })
      const head = await world.head()
      deltas.push(...(await follow(world, state, cursor + 1, head.number)))
      cursor = head.number
      const fresh = await snapshot(world)
      expect(figures(state, fresh)).toEqual(figures(fresh, fresh))
      const { compared, differences } = await solvencyDifferences(world, state, head.timestamp + 4_321n)
      expect({ seed: SEED, round, differences }).toEqual({ seed: SEED, round, differences: [] })
      expect(compared).toBeGreaterThan(10)
      if (round === 2) middle = { text: aaveV3.save(state), deltas: deltas.length }
    }
    // last of all some that accrue the collateral reserve without an event (v3.6): no later event may hide a difference
    const before = done[FOR_ATOKENS] ?? 0
    for (const user of users) await liquidateOne({ world, random, users, state, done }, user, true)
    expect(done[FOR_ATOKENS]).toBeGreaterThan(before)
    deltas.push(...(await follow(world, state, cursor + 1, (await world.head()).number)))
    const last = await snapshot(world)
    expect(figures(state, last)).toEqual(figures(last, last))
    expect({ seed: SEED, rare: rare() }).toEqual({ seed: SEED, rare: [] })
    expect(aaveV3.save(aaveV3.load(world.market, aaveV3.save(state)))).toBe(aaveV3.save(state))
    for (const delta of deltas.slice(middle.deltas).reverse()) delta.undo()
    expect(aaveV3.save(state)).toBe(middle.text)
  }, 120_000)

  test('a full replay from genesis gives the same', async () => {
    const { number, timestamp } = await world.head()
    const state = await aaveV3.genesis(world.reader, world.market)
    await follow(world, state, world.market.deployBlock + 1, number)
    const fresh = await snapshot(world)
    expect(figures(state, fresh)).toEqual(figures(fresh, fresh))
    expect((await solvencyDifferences(world, state, timestamp + 60n)).differences).toEqual([])
  }, 120_000)

  test('the pool is vouched for by revision and code hash', async () => {
    const head = await world.head()
    expect(await aaveV3.verify(world.reader, world.market, head)).toEqual([])
    const codes = async (market: World['market']): Promise<string[]> =>
      (await aaveV3.verify(world.reader, market, head)).map(({ code }) => code)
    expect(await codes({ ...world.market, implementationCodeHashes: [] })).toEqual(['code-changed'])
    expect(await codes({ ...world.market, implementationCodeHashes: [`0x${'1'.repeat(64)}`] })).toEqual([
      'code-changed',
    ])
    const pool = world.bed.tokens.USDC.address
    expect(await codes({ ...world.market, contracts: { ...world.market.contracts, pool } })).toEqual([
      'unknown-revision',
    ])
  })
})
