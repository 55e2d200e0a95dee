import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseMarketFile } from '../../src/config/market-file.js'
import { planPositions } from '../../src/devnet/positions/plan.js'
import { seedPositions } from '../../src/devnet/positions/seed.js'
import type { Address } from '../../src/domain/chain.js'
import { until } from '../support/until.js'
import { Rig, borrowerOf, type Keeper } from './support/rig.js'

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const SEEDED = 300
const accounts = Array.from({ length: 30 }, (_, n) => borrowerOf(100 + n))
const at = (n: number): Address => accounts[n] ?? borrowerOf(100 + n)

describe('restart', () => {
  let rig: Rig
  let keeper: Keeper | undefined
  let opened = 0

  const openNext = async (): Promise<void> => {
    const account = at(opened++)
    await rig.bed.supply('WETH', account, 2n * WETH)
    await rig.bed.borrow('USDC', account, 1_000n * USDC)
  }
  const folder = (): string => mkdtempSync(join(rig.dataDir, 'data-'))
  const equalsChain = async (one: Keeper): Promise<void> => {
    await rig.caughtUp(one)
    expect(rig.replicaFigures(one)).toEqual(await rig.chainFigures(accounts))
  }
  const startedFrom = (one: Keeper): string => one.seen.text()

  beforeAll(async () => {
    rig = await Rig.start('v3.0')
    const plans = planPositions({ borrowers: SEEDED, seed: 7, markets: ['v3.0'], specials: false })
    await seedPositions(rig.bed, [rig.bed.market], plans)
    accounts.push(...plans.map(({ account }) => account))
    await openNext()
    await openNext()
  }, 180_000)
  afterAll(() => rig.stop())
  afterEach(async () => {
    await keeper?.stop()
    keeper = undefined
  })

  it('starts cold with at most 0.1 requests per borrower, everything counted', async () => {
    const before = rig.node.requests
    keeper = await rig.keeper()
    const used = rig.node.requests - before
    const borrowers = Object.keys(rig.replicaFigures(keeper)).length
    expect(borrowers).toBeGreaterThanOrEqual(SEEDED)
    expect(used).toBeLessThanOrEqual(borrowers * 0.1)
  })

  it('goes on from its checkpoint without a snapshot, gaps or doubles', async () => {
    const dataDir = folder()
    keeper = await rig.keeper({ dataDir })
    await rig.caughtUp(keeper)
    await keeper.stop()
    await openNext()
    await rig.bed.setPrice('WETH', 2_400_00000000n)
    keeper = await rig.keeper({ dataDir })
    expect(startedFrom(keeper)).toMatch(/checkpoint of block/)
    await equalsChain(keeper)
  })

  it('reads the market again when the checkpoint is corrupt, says so once, and keeps the file', async () => {
    const dataDir = folder()
    await (await rig.keeper({ dataDir })).stop()
    const file = join(dataDir, `${rig.market.id}.newest.checkpoint`)
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))
    keeper = await rig.keeper({ dataDir })
    expect(startedFrom(keeper)).toMatch(/startedFrom":"snapshot/)
    const lines = keeper.seen.lines.filter(({ event, level }) => event === 'checkpoint' && level === 'warn')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.fields).toMatchObject({ problem: 'its contents do not have the recorded checksum' })
    expect(readdirSync(dataDir)).toContain(`${rig.market.id}.newest.checkpoint.corrupt`)
    await equalsChain(keeper)
  })

  it('does not use a checkpoint of a block that was reorged away', async () => {
    const dataDir = folder()
    keeper = await rig.keeper({ dataDir })
    await openNext()
    await rig.caughtUp(keeper)
    await keeper.stop()
    await rig.bed.anvil.rpc('anvil_reorg', [2, []])
    await openNext()
    keeper = await rig.keeper({ dataDir })
    expect(startedFrom(keeper)).not.toMatch(/checkpoint of block/)
    await equalsChain(keeper)
  })

  it('survives kill -9 in the middle of blocks and checkpoints', async () => {
    const dataDir = folder()
    const { chain } = parseMarketFile(rig.bed.marketFile(), 'testbed')
    const script = join(__dirname, '..', '..', 'dist', 'test', 'indexer', 'support', 'keeper-child.js')
    for (let round = 0; round < 2; round++) {
      const args = [script, rig.node.url, dataDir, JSON.stringify(rig.market), chain.multicall]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      let told = 0
      child.stdout.on('data', () => told++)
      try {
        await rig.bed.setPrice('WETH', 2_300_00000000n + BigInt(round))
        for (let i = 0; told < 2 && i < 3_000; i++) {
          await rig.bed.setPrice('WBTC', 59_000_00000000n + BigInt(i))
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        expect(told).toBeGreaterThanOrEqual(2)
        await openNext()
      } finally {
        child.kill('SIGKILL')
        await exited
      }
    }
    keeper = await rig.keeper({ dataDir })
    expect(startedFrom(keeper)).toMatch(/checkpoint of block/)
    await equalsChain(keeper)
  })

  it('finds and repairs by audit what differs from the contract, and says by how much', async () => {
    keeper = await rig.keeper({ audit: { sample: 20, candidates: 8 } })
    await rig.caughtUp(keeper)
    const { state } = keeper.market.replica
    // a balance that no event explains, as a wrong reduce would leave it
    const victim = at(1)
    const position = (state as unknown as { positions: Map<string, { amounts: bigint[] }> }).positions.get(victim)
    if (!position) throw new Error('the victim is not in the state')
    position.amounts[0] = (position.amounts[0] ?? 0n) + 10n ** 16n
    keeper.indexer.auditNext(rig.market.id, [victim])
    const seen = keeper.seen
    await rig.bed.setPrice('DAI', 1_00000001n)
    await until(() => seen.counted('audit_differences') > 0, 'a difference')
    await rig.bed.setPrice('DAI', 1_00000002n)
    await equalsChain(keeper)
    const told = seen.lines.filter(({ event, fields }) => event === 'audit' && fields?.['position'] !== undefined)
    expect(told.map(({ fields }) => fields?.['position'])).toEqual([victim])
    expect(keeper.updates.some(({ touched }) => touched.has(victim))).toBe(true)
    const found = seen.counted('audit_differences')
    await rig.bed.setPrice('DAI', 1_00000000n)
    await equalsChain(keeper)
    expect(seen.counted('audit_differences')).toBe(found)
  })
})
