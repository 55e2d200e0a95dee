import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computeAddress } from 'ethers'
import { openChain, type ChainAccess } from '../../src/cli/chain-access.js'
import type { Cli } from '../../src/cli/command.js'
import { main } from '../../src/cli/main.js'
import { checkStart } from '../../src/cli/start-checks.js'
import type { MarketFileInput } from '../../src/config/market-file.js'
import { readSettings } from '../../src/config/read-settings.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import { toAddress } from '../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../src/domain/ports.js'
import { Redactor } from '../../src/ops/redaction.js'

const OWNER = `0x${'01'.repeat(32)}`
const OPERATOR = `0x${'02'.repeat(32)}`
const STRANGER = `0x${'03'.repeat(32)}`
const addressOf = (key: string) => toAddress(computeAddress(key))
const borrower = toAddress(`0x${'b0'.repeat(20)}`)

let bed: AaveTestbed
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  bed = await startAaveTestbed()
  folder = mkdtempSync(join(tmpdir(), 'keeper-commands-'))
  env = { KEEPER_ENV_FILE: '', RPC_URLS: bed.anvil.rpcUrl, MARKETS_FILE: market('market.json'), DATA_DIR: folder }
  for (const key of [OWNER, OPERATOR]) await bed.anvil.rpc('anvil_setBalance', [addressOf(key), '0xde0b6b3a7640000'])
  await bed.supply('WETH', borrower, 10n ** 19n)
  await bed.supply('WBTC', borrower, 10n ** 7n)
  await bed.borrow('USDC', borrower, 5_000n * 10n ** 6n)
}, 60_000)
afterAll(async () => {
  await bed.stop()
  rmSync(folder, { recursive: true, force: true })
})

function market(name: string, change: (file: MarketFileInput) => object = (file) => file): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(change(bed.marketFile())))
  return path
}

interface Said {
  readonly code: number
  readonly out: string
  readonly note: string
}

async function keeper(args: string[], more: Record<string, string> = {}): Promise<Said> {
  const [outs, notes]: [string[], string[]] = [[], []]
  const redactor = new Redactor()
  const cli: Cli = {
    env: { ...env, ...more },
    redactor,
    out: (line) => void outs.push(redactor.text(line)),
    note: (line) => void notes.push(redactor.text(line)),
  }
  const code = await main(args, cli)
  return { code, out: outs.join('\n'), note: notes.join('\n') }
}

const nonce = (key: string): Promise<unknown> => bed.anvil.rpc('eth_getTransactionCount', [addressOf(key), 'latest'])

describe('deploy-executor', () => {
  let executor = ''

  test('without the owner key it says which setting is missing', async () => {
    const said = await keeper(['deploy-executor'], { PRIVATE_KEY: OPERATOR })
    expect([said.code, said.out]).toEqual([2, ''])
    expect(said.note).toMatch(/^keeper: OWNER_PRIVATE_KEY: is not set/)
  })

  test('one key for both is refused', async () => {
    const said = await keeper(['deploy-executor'], { PRIVATE_KEY: OWNER, OWNER_PRIVATE_KEY: OWNER })
    expect(said.code).toBe(2)
    expect(said.note).toContain('is also the owner')
  })

  test('--dry-run shows the plan and its cost and sends nothing', async () => {
    const said = await keeper(['deploy-executor', '--dry-run'], { PRIVATE_KEY: OPERATOR, OWNER_PRIVATE_KEY: OWNER })
    expect([said.code, said.out]).toEqual([0, ''])
    for (const part of [addressOf(OWNER), addressOf(OPERATOR), bed.market.pool.address, 'gas', 'nothing was sent'])
      expect(said.note).toContain(part)
    expect(await nonce(OWNER)).toBe('0x0')
  })

  test('an owner without gas money is told so', async () => {
    const said = await keeper(['deploy-executor'], { PRIVATE_KEY: OPERATOR, OWNER_PRIVATE_KEY: STRANGER })
    expect(said.code).toBe(2)
    expect(said.note).toMatch(/OWNER_PRIVATE_KEY: the owner .* send it gas money/)
  })

  test('deploys, prints the setting and nothing else on stdout, and shows no key', async () => {
    const said = await keeper(['deploy-executor'], { PRIVATE_KEY: OPERATOR, OWNER_PRIVATE_KEY: OWNER })
    expect(said.note).toContain('deployed at')
    expect(said.code).toBe(0)
    expect(said.out).toMatch(/^EXECUTOR_ADDRESS=0x[0-9a-f]{40}$/)
    expect(said.note + said.out).not.toMatch(/(01){32}|(02){32}/)
    executor = said.out.split('=')[1] ?? ''
  })

  test('a second operator is added to the executor that exists; a third run finds nothing to do', async () => {
    const both = {
      OWNER_PRIVATE_KEY: OWNER,
      EXECUTOR_ADDRESS: executor,
      OPERATOR_ADDRESSES: `${addressOf(OPERATOR)},${borrower}`,
    }
    const said = await keeper(['deploy-executor'], both)
    expect(said.note).toContain('step 1 of 1')
    expect(said.out).toBe(`EXECUTOR_ADDRESS=${executor}`)
    expect((await keeper(['deploy-executor'], both)).note).toContain('nothing to do')
    expect((await keeper(['deploy-executor'], { ...both, OWNER_PRIVATE_KEY: STRANGER })).note).toContain(
      `belongs to ${addressOf(OWNER)}`,
    )
  })

  describe('start checks', () => {
    const live = (more: Record<string, string> = {}): Record<string, string> => ({
      ...env,
      DRY_RUN: 'false',
      PRIVATE_KEY: OPERATOR,
      EXECUTOR_ADDRESS: executor,
      RELAY_URLS: 'http://127.0.0.1:1',
      ...more,
    })

    async function withChain<T>(from: Record<string, string>, use: (access: ChainAccess) => Promise<T>): Promise<T> {
      const access = await openChain(readSettings(from, { needs: 'keys' }), silentLogger, noMetrics)
      try {
        return await use(access)
      } finally {
        access.close()
      }
    }
    const check = (from: Record<string, string>, key: string | null = OPERATOR) =>
      withChain(from, (access) =>
        checkStart(access, readSettings(from, { needs: 'keys' }), key === null ? [] : [addressOf(key)]),
      )
    const problemOf = (from: Record<string, string>, key: string | null = OPERATOR): Promise<string> =>
      check(from, key).then(
        () => 'no problem',
        (error: unknown) => (error as Error).message,
      )

    test('all well: the keeper may send', async () => {
      const start = await check(live())
      expect([start.dryRun, start.why]).toEqual([false, []])
      expect(start.path).toEqual({ kind: 'bundle', urls: ['http://127.0.0.1:1'], setting: 'RELAY_URLS' })
    })

    test('dry-run needs neither key nor executor; no private path means dry-run, and says so', async () => {
      expect((await check(env, null)).why).toEqual(['DRY_RUN is true', expect.stringContaining('no private path')])
      const start = await check(live({ RELAY_URLS: '' }))
      expect([start.dryRun, start.path]).toEqual([true, null])
      expect(start.why).toEqual([expect.stringMatching(/^no private path for devnet is configured \(RELAY_URLS/)])
    })

    test('where a revert is charged, no node to simulate on means dry-run, and says so', async () => {
      const direct = market('direct.json', (file) => ({
        ...file,
        chain: { ...file.chain, submission: 'sequencer' as const, bid: 'priorityFee' as const },
      }))
      const without = await check(live({ MARKETS_FILE: direct, SIMULATION_RPC_URL: '' }))
      expect(without.why).toEqual([
        expect.stringMatching(/^SIMULATION_RPC_URL is not set: on devnet a revert is charged/),
      ])
      expect(without.dryRun).toBe(true)
      const own = await check(live({ MARKETS_FILE: direct, SIMULATION_RPC_URL: bed.anvil.rpcUrl }))
      expect([own.dryRun, own.why]).toEqual([false, []])
    })

    test('an unrecorded code hash means dry-run, with the hash', async () => {
      const bare = market('bare.json', (file) => ({
        ...file,
        markets: file.markets.map((m) => ({ ...m, implementationCodeHashes: [] })),
      }))
      const start = await check(live({ MARKETS_FILE: bare }))
      expect(start.dryRun).toBe(true)
      expect(start.why.join()).toMatch(/no code hash is recorded \(0x[0-9a-f]{64}\)/)
    })

    test('a wrong chain names RPC_URLS', async () => {
      const other = market('other.json', (file) => ({ ...file, chain: { ...file.chain, id: 1 } }))
      expect(await problemOf(live({ MARKETS_FILE: other }))).toMatch(/^RPC_URLS: /)
    })

    test('an address without code names the market and the contract', async () => {
      const nowhere = market('nowhere.json', (file) => ({
        ...file,
        markets: file.markets.map((m) => ({ ...m, contracts: { ...m.contracts, oracle: `0x${'77'.repeat(20)}` } })),
      }))
      expect(await problemOf(live({ MARKETS_FILE: nowhere }))).toBe(
        `MARKETS_FILE: aave-v3-devnet: oracle 0x${'77'.repeat(20)} has no code on chain 31337`,
      )
    })

    test('a strategy nobody knows and a contract the strategy needs are named', async () => {
      const strange = market('strange.json', (file) => ({
        ...file,
        markets: file.markets.map((m) => ({ ...m, strategy: 'x' })),
      }))
      expect(await problemOf(live({ MARKETS_FILE: strange }))).toContain('no strategy "x" (known: aave-v3')
      const short = market('short.json', (file) => ({
        ...file,
        markets: file.markets.map((m) => ({ ...m, contracts: { pool: m.contracts['pool'] } })),
      }))
      expect(await problemOf(live({ MARKETS_FILE: short }))).toContain(
        'does not name its addressesProvider, configurator, oracle',
      )
    })

    test('an executor that does not obey, a contract that is none, a key without gas, a bid above the cap', async () => {
      const notMine = await problemOf(live({ PRIVATE_KEY: STRANGER }), STRANGER)
      expect(notMine.split('\n')).toEqual([
        expect.stringMatching(/^EXECUTOR_ADDRESS: .* does not obey operator/),
        expect.stringMatching(/^MIN_OPERATOR_ETH: operator .* has 0\.0, .* send it gas money$/),
      ])
      expect(await problemOf(live({ EXECUTOR_ADDRESS: bed.market.pool.address }))).toMatch(
        /is not a LiquidationExecutor of this version/,
      )
      expect(await problemOf(live({ BID_BPS: '9600', MAX_FEE_SHARE_BPS: '9800' }))).toBe(
        'BID_BPS: is 9600, the executor allows at most 9500',
      )
    })

    test('submission endpoints in the clear, or public ones, are refused', async () => {
      expect(await problemOf(live({ RELAY_URLS: 'http://relay.example' }))).toMatch(
        /^RELAY_URLS: submission endpoint 1 is neither https/,
      )
      expect(await problemOf(live({ RELAY_URLS: bed.anvil.rpcUrl }))).toMatch(
        /^RELAY_URLS: submission endpoint 1 is also in RPC_URLS/,
      )
    })
  })

  describe('doctor', () => {
    test('without key: findings, unexplained prices and exits as JSON', async () => {
      const said = await keeper(['doctor', '--json'])
      expect(said.note).not.toContain('unexpected')
      expect(said.code).toBe(0)
      const diagnosis = JSON.parse(said.out) as {
        findings: { level: string; text: string }[]
        opaqueFeeds: { debtBase: string }[]
        priceTrees: { symbol: string; debtBase: string; lines: { text: string; answer: string }[] }[]
        exitDepths: { symbol: string; depthBase: string | null; debtBase: string }[]
      }
      expect(diagnosis.findings.map(({ text }) => text).join('\n')).toContain('known revision, recorded code')
      expect(diagnosis.opaqueFeeds).toEqual([])
      const staked = diagnosis.priceTrees.find(({ symbol }) => symbol === 'wstETH')
      expect(staked?.lines.map(({ text, answer }) => `${text} = ${answer}`)).toEqual([
        expect.stringMatching(/^ratio cap, at most 1\.18\d* = 2950\.0$/),
        '├─ base: rounds behind a proxy = 2500.0',
        '└─ ratio: getRatio(), read every block = 1.18',
      ])
      const weth = diagnosis.exitDepths.find(({ symbol }) => symbol === 'WETH')
      expect(weth?.depthBase).toBeNull()
      expect(Number(weth?.debtBase) / 1e8).toBeGreaterThan(4_990)
      expect(Number(weth?.debtBase) / 1e8).toBeLessThan(5_010)
      const wbtc = diagnosis.exitDepths.find(({ symbol }) => symbol === 'WBTC')
      expect(Number(wbtc?.depthBase) / 1e8).toBeGreaterThan(1_000)
      expect(wbtc?.debtBase).toBe(weth?.debtBase)
    })

    test('with problems: every line says what to do, exit code 2', async () => {
      const said = await keeper(['doctor', '--quick'], { PRIVATE_KEY: STRANGER, EXECUTOR_ADDRESS: executor })
      expect(said.code).toBe(2)
      expect(said.out).toMatch(/^FAIL operator +MIN_OPERATOR_ETH: /m)
      expect(said.out).toMatch(/^FAIL executor +EXECUTOR_ADDRESS: .* does not obey/m)
      expect(said.note).toContain('doctor: found 2 problem(s)')
    })
  })
})

test('a dead endpoint is one clear line and exit code 2', async () => {
  const said = await keeper(['doctor'], { RPC_URLS: 'http://127.0.0.1:1/secret-path-0123456789' })
  expect([said.code, said.out]).toEqual([2, ''])
  expect(said.note).toMatch(/^keeper: RPC_URLS: no usable endpoint: /)
  expect(said.note).not.toContain('secret-path')
  expect(said.note).not.toContain('\n')
})

test('report without a ledger names DATA_DIR', async () => {
  const said = await keeper(['report'])
  expect(said.code).toBe(2)
  expect(said.note).toMatch(/^keeper: DATA_DIR: .* holds no ledger/)
})
