import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseMarketFile } from '../../src/config/market-file.js'
import type { Address } from '../../src/domain/chain.js'
import { Random } from '../../src/devnet/positions/random.js'
import type { Fault } from '../chain/support/flaky-node.js'
import { Rig, borrowerOf, type Keeper } from './support/rig.js'

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const SEED = Number(process.env['TEST_SEED'] ?? 20_261)
const STEPS = process.env['TEST_LONG'] ? 400 : 20
/**
 * A reorg down to a state that anvil has put on disk leaves every contract without code. Those of the newest 500 blocks stay
 * in memory, and the blocks that reorgs replaced count: a block 60 below the head can be among the older ones.
 */
const ALL_IN_MEMORY = ['--prune-history', '100000']
/** Anvil calls final what lies 64 blocks below the head. */
const DEEPEST = 60
const FAULTS: readonly [Fault, ...Fault[]] = ['500', '429', 'html', 'reset', 'garbage']
const first = borrowerOf(500)
const accounts: readonly [Address, ...Address[]] = [
  first,
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => borrowerOf(500 + n)),
]

/** The indexing half as a process of its own, to be killed. */
function startChild({ bed, node, dataDir, market }: Rig): { told(): number; kill(): Promise<unknown> } {
  const { chain } = parseMarketFile(bed.marketFile(), 'testbed')
  const script = join(__dirname, '..', '..', 'dist', 'test', 'indexer', 'support', 'keeper-child.js')
  const args = [script, node.url, dataDir, JSON.stringify(market), chain.multicall]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  let told = 0
  child.stdout.on('data', () => told++)
  return {
    told: () => told,
    kill: () => {
      child.kill('SIGKILL')
      return exited
    },
  }
}

/** Blocks, reorgs down to what is final, restarts, kills and RPC faults in any order end in the state that the contract and a fresh replay have. */
describe('random histories', () => {
  let rig: Rig
  let keeper: Keeper

  beforeAll(async () => {
    rig = await Rig.start('v3.0', ALL_IN_MEMORY)
    await rig.bed.supply('WETH', first, 5n * WETH)
    await rig.bed.borrow('USDC', first, 2_000n * USDC)
  }, 180_000)
  afterAll(() => rig.stop())

  it(`equal the contract after ${STEPS} steps of seed ${SEED}`, async () => {
    const random = new Random(SEED)
    // of its own: how many requests there are is not the same in each run
    const late = new Random(SEED + 1)
    const counts: Record<string, number> = {}
    const options = { dataDir: rig.dataDir, checkpointEveryBlocks: 5, audit: { sample: 3, candidates: 8 } }
    const account = (): Address => random.pick(accounts)
    const units = (most: number): bigint => BigInt(1 + Math.floor(random.next() * most))
    keeper = await rig.keeper(options)
    let audited = 0
    const ground = (await rig.latest()).number
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
      // down to what is final; what a keeper started above cannot be undone by it, and is read anew
      deepReorg: async () => {
        const depth = Math.min(Number(units(DEEPEST)), (await rig.latest()).number - ground)
        await rig.bed.anvil.rpc('anvil_reorg', [Math.max(depth, 1), []])
      },
      kill: async () => {
        audited += keeper.seen.counted('audit_differences')
        await keeper.stop()
        const child = startChild(rig)
        try {
          for (const end = Date.now() + 60_000; child.told() < 2 && Date.now() < end;) {
            await rig.bed.setPrice('DAI', 100_000_000n + BigInt(Math.floor(late.next() * 1_000_000)))
            await new Promise((resolve) => setTimeout(resolve, 60))
          }
          expect(child.told()).toBeGreaterThan(0)
        } finally {
          await child.kill()
        }
        await rig.bed.anvil.rpc('anvil_reorg', [Number(units(3)), []])
        keeper = await rig.keeper(options)
      },
      fault: async () => {
        rig.node.fault = random.pick(FAULTS)
        rig.node.delayMs = () => (late.next() < 0.2 ? 50 : 0)
        await rig.bed.setPrice('DAI', 100_000_000n + units(1_000_000))
        await new Promise((resolve) => setTimeout(resolve, 60))
        rig.node.fault = 'none'
        rig.node.delayMs = () => 0
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
      ...['borrow', 'borrow', 'deepReorg', 'borrow', 'kill', 'price', 'price', 'time', 'reorg', 'fault', 'restart'],
    ]
    const often = names.filter((name) => name !== 'kill' || process.env['TEST_LONG'] !== undefined)
    for (let i = 0; i < STEPS; i++) {
      const name = names[i] ?? random.pick([names[0], ...often]) // each kind occurs
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
    process.stdout.write(`random histories of seed ${SEED}: ${JSON.stringify(counts)}, audit differences ${audited}\n`)
    expect(Object.keys(counts).sort()).toEqual(Object.keys(steps).sort())
    expect(audited).toBe(0)
    const replay = await rig.keeper({ fromGenesis: true })
    await rig.caughtUp(replay)
    expect(rig.replicaFigures(replay)).toEqual(rig.replicaFigures(keeper))
    expect(Object.keys(rig.replicaFigures(keeper)).length).toBeGreaterThan(1)
  }, 600_000)
})
