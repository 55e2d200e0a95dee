import { toAddress } from '../../../src/domain/chain.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import type { AaveState } from '../../../strategies/aave-v3/state.js'
import { type Act, ether, other, own, stable, strangers, umbrella, usdc } from './support/acts.js'
import { arrive } from './support/block-by-block.js'
import { figures } from './support/compare.js'
import { MARKET_ACTS } from './support/market-acts.js'
import { RULE_ACTS } from './support/rule-acts.js'
import type { Stage } from './support/stage.js'
import { openPositions } from './support/standing.js'
import { type World, startWorld } from './support/world.js'

const LONG = process.env['TEST_LONG'] !== undefined
/** A fresh snapshot is compared after so many acts: it shows what the pool's own figures do not tell. */
const SNAPSHOT_EVERY = LONG ? 1 : 4

/** What moves nothing is told by the same events in both versions: the short run has it in one of them. */
const actsOf = (version: string): readonly Act[] =>
  [...RULE_ACTS, ...MARKET_ACTS]
    .filter(({ only }) => only === undefined || only === version)
    .filter(({ moves, known }) => LONG || version === 'v3.6' || moves !== false || known !== 'event')

describe.each(['v3.0', 'v3.6'] as const)('acts that move health factors, Aave %s', (version) => {
  let world: World
  let stage: Stage
  let state: AaveState
  let cursor: number
  let done = 0
  const acts = actsOf(version)
  const modern = version === 'v3.6'

  beforeAll(async () => {
    world = await startWorld(version)
    const { bed } = world
    await openPositions(world, 6, 5)
    for (const user of [own, other, stable, umbrella, ...strangers])
      await bed.anvil.rpc('anvil_setBalance', [user, '0xde0b6b3a7640000'])
    await bed.supply('WETH', own, ether(3))
    await bed.borrow('USDC', own, usdc(2_500))
    await bed.supply('USDC', stable, usdc(3_000))
    await bed.setEMode(stable, 2)
    await bed.borrow('DAI', stable, ether(1_500))
    const head = await world.head()
    state = await aaveV3.snapshot(world.reader, world.market, head, () => undefined)
    cursor = head.number
    stage = {
      world,
      modern,
      listed: [],
      asset: (symbol) => bed.tokens[symbol].address,
      configure: (method, args) => bed.admin.send(bed.market.configurator, method, args),
      act: async (user, to, method, args) => {
        await bed.anvil.rpc('anvil_impersonateAccount', [user])
        return bed.admin.send(to, method, args, { from: toAddress(user) })
      },
    }
  }, 120_000)
  afterAll(() => world.stop())

  test.each(acts)('$name', async (one) => {
    await one.run(stage)
    const head = await world.head()
    const { differences, compared, moved, read } = await arrive(world, state, cursor, head.number)
    cursor = head.number
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(5)
    if (one.moves === true || one.moves === version) expect(moved).toBeGreaterThan(0)
    if (one.known !== 'either') expect(read).toBe(one.known === 'read')
    if (++done % SNAPSHOT_EVERY !== 0 && done < acts.length) return
    const fresh = await aaveV3.snapshot(world.reader, world.market, head, () => undefined)
    expect(figures(state, fresh)).toEqual(figures(fresh, fresh))
    expect(state.sentinel).toEqual(fresh.sentinel)
    expect([state.revision, state.rules.version]).toEqual([fresh.revision, fresh.rules.version])
  })

  test('what was listed on the way is as the pool has it', () => {
    expect(stage.listed).toHaveLength(3)
    expect(state.byAsset.has(stage.listed[1]?.address ?? '0x')).toBe(false)
  })
})
