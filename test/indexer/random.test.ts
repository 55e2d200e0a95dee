import type { Address } from '../../src/domain/chain.js'
import { Random } from '../../src/devnet/positions/random.js'
import type { Fault } from '../chain/support/flaky-node.js'
import { Rig, borrowerOf, type Keeper } from './support/rig.js'

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const SEED = 20_261
const STEPS = process.env['TEST_LONG'] ? 400 : 40
const FAULTS: readonly [Fault, ...Fault[]] = ['500', '429', 'html', 'reset', 'garbage']
const first = borrowerOf(500)
const accounts: readonly [Address, ...Address[]] = [
  first,
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => borrowerOf(500 + n)),
]

/** Blocks, reorgs, restarts and RPC faults in any order end in the state that the contract and a fresh replay have. */
describe('random histories', () => {
  let rig: Rig
  let keeper: Keeper

  beforeAll(async () => {
    rig = await Rig.start('v3.0')
    await rig.bed.supply('WETH', first, 5n * WETH)
    await rig.bed.borrow('USDC', first, 2_000n * USDC)
  }, 180_000)
  afterAll(() => rig.stop())

  it(`equal the contract after ${STEPS} steps of seed ${SEED}`, async () => {
    const random = new Random(SEED)
    const counts: Record<string, number> = {}
    const options = { dataDir: rig.dataDir, checkpointEveryBlocks: 5, audit: { sample: 3, candidates: 8 } }
    const account = (): Address => random.pick(accounts)
    const units = (most: number): bigint => BigInt(1 + Math.floor(random.next() * most))
    keeper = await rig.keeper(options)
    let audited = 0
    const steps: Record<string, () => Promise<unknown>> = {
      supply: () => rig.bed.supply(random.pick(['WETH', 'USDC', 'WBTC']), account(), units(1_000_000_000)),
      borrow: async () => {
        const who = account()
        await rig.bed.supply('WETH', who, WETH)
        await rig.bed.borrow('USDC', who, units(900_000_000)).catch(() => 'refused by the pool: prices are random')
      },
      price: () => rig.bed.setPrice(random.pick(['WETH', 'WBTC', 'USDC']), units(3_000) * 100_000_000n),
      time: async () => {
        await rig.bed.anvil.rpc('evm_increaseTime', [Number(units(100_000))])
        await rig.bed.anvil.rpc('evm_mine', [])
      },
      reorg: () => rig.bed.anvil.rpc('anvil_reorg', [Number(units(6)), []]),
      fault: async () => {
        rig.node.fault = random.pick(FAULTS)
        await rig.bed.setPrice('DAI', 100_000_000n + units(1_000_000))
        await new Promise((resolve) => setTimeout(resolve, 60))
        rig.node.fault = 'none'
      },
      restart: async () => {
        audited += keeper.seen.counted('audit_differences')
        await keeper.stop()
        await rig.bed.setPrice('DAI', 100_000_000n + units(1_000_000))
        keeper = await rig.keeper(options)
      },
    }
    const names: readonly [string, ...string[]] = [
      'supply',
      ...['borrow', 'borrow', 'borrow', 'borrow', 'price', 'price', 'time', 'reorg', 'fault', 'restart'],
    ]
    for (let i = 0; i < STEPS; i++) {
      const name = names[i] ?? random.pick(names) // each kind occurs
      counts[name] = (counts[name] ?? 0) + 1
      await steps[name]?.()
      if (i % 10 < 9) continue
      await rig.caughtUp(keeper)
      expect({ step: i, figures: rig.replicaFigures(keeper) }).toEqual({
        step: i,
        figures: await rig.chainFigures(accounts),
      })
    }
    audited += keeper.seen.counted('audit_differences')
    process.stdout.write(`random histories: ${JSON.stringify(counts)}, audit differences ${audited}\n`)
    expect(audited).toBe(0)
    const replay = await rig.keeper({ fromGenesis: true })
    await rig.caughtUp(replay)
    expect(rig.replicaFigures(replay)).toEqual(rig.replicaFigures(keeper))
    expect(Object.keys(rig.replicaFigures(keeper)).length).toBeGreaterThan(1)
  }, 180_000)
})
