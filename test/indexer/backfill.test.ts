import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMarketFile } from '../../src/config/market-file.js'
import { Random } from '../../src/devnet/positions/random.js'
import type { Address } from '../../src/domain/chain.js'
import { Rig, borrowerOf } from './support/rig.js'

const SEED = Number(process.env['BACKFILL_SEED'] ?? 31)
const KILLS = process.env['TEST_LONG'] ? 60 : 4
const WETH = 10n ** 18n
const USDC = 10n ** 6n
const accounts = Array.from({ length: 14 }, (_, n) => borrowerOf(700 + n))
const script = join(__dirname, '..', '..', 'dist', 'test', 'indexer', 'support', 'backfill-child.js')

interface Run {
  /** Ranges that were reduced in this run. */
  readonly ranges: number
  readonly from: string
  /** Digest of the state; empty when it was killed before its end. */
  readonly state: string
}

describe('a replay from genesis', () => {
  let rig: Rig

  beforeAll(async () => {
    rig = await Rig.start()
    const { admin, market, tokens } = rig.bed
    for (const [n, account] of accounts.entries()) {
      await rig.bed.supply('WETH', account, 3n * WETH)
      await rig.bed.borrow('USDC', account, (1_000n + BigInt(n)) * USDC)
      if (n % 4 === 0) await rig.bed.borrow('DAI', account, 100n * WETH)
      if (n % 5 === 0) await rig.bed.setEMode(account, 0).catch(() => 'already so')
      if (n === 7) {
        const weth = tokens.WETH.address
        await admin.send(market.configurator, 'configureReserveAsCollateral', [weth, 7_000, 8_000, 10_600])
      }
    }
    // blocks above the last final one are read by the same replay, but with a way back
    await rig.bed.anvil.rpc('anvil_mine', ['0x46'])
    await rig.bed.supply('USDC', accounts[0] as Address, 5n * USDC)
  }, 180_000)
  afterAll(() => rig.stop())

  /** `killAfter`: so many ranges, then a moment; never where it is null. */
  async function replay(dataDir: string, range: number, killAfter: number | null, momentMs: number): Promise<Run> {
    const { chain } = parseMarketFile(rig.bed.marketFile(), 'testbed')
    const args = [script, rig.node.url, dataDir, JSON.stringify(rig.market), chain.multicall, String(range)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    let said = ''
    const lines = (): string[] => said.split('\n').slice(0, -1)
    const ranges = (): number => lines().filter((line) => line.includes(' of ')).length
    let dying = false
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
      if (killAfter === null || dying || ranges() < killAfter) return
      dying = true
      void sleep(momentMs).then(() => child.kill('SIGKILL'))
    })
    await exited
    const after = (word: string): string =>
      lines()
        .find((line) => line.startsWith(word))
        ?.slice(word.length) ?? ''
    return { ranges: ranges(), from: after('from '), state: after('state ') }
  }

  it(`killed ${KILLS} times anywhere ends in the state of one that was not (seed ${SEED})`, async () => {
    const random = new Random(SEED)
    const below = (most: number): number => Math.floor(random.next() * most)
    // a provider that takes its time leaves room to be killed in
    rig.node.answer = () => undefined
    const whole = await replay(mkdtempSync(join(rig.dataDir, 'whole-')), 3, null, 0)
    expect(whole.state).toMatch(/^[0-9a-f]{64}$/)
    expect(whole.from).toBe('genesis')
    const history: string[] = []
    let [kills, round] = [0, 0]
    while (kills < KILLS) {
      const dataDir = mkdtempSync(join(rig.dataDir, 'killed-'))
      for (let ended = false; !ended; round++) {
        const killAfter = kills < KILLS ? 1 + below(8) : null
        const run = await replay(dataDir, 1 + below(3), killAfter, below(12))
        history.push(run.state === '' ? `killed after ${run.ranges}` : `ended from ${run.from}`)
        ended = run.state !== ''
        if (!ended) kills++
        else expect({ seed: SEED, history, state: run.state }).toEqual({ seed: SEED, history, state: whole.state })
      }
      expect(readdirSync(dataDir).some((name) => name.endsWith('.corrupt'))).toBe(false)
    }
    process.stdout.write(`backfill: ${kills} kills in ${round} runs, seed ${SEED}: ${history.join(', ')}\n`)
    expect(history.join()).toMatch(/ended from replay interrupted after block \d+/)
  }, 180_000)
})
