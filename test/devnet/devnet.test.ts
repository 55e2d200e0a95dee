import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readMarketFile } from '../../src/config/market-file.js'
import { readSettings } from '../../src/config/read-settings.js'
import { accountData } from '../../src/devnet/aave/actions.js'
import type { DevnetFile } from '../../src/devnet/devnet-file.js'
import { startDevnet, type Devnet } from '../../src/devnet/devnet.js'
import { priceOf } from '../../src/devnet/feeds.js'
import { rpcOver, type Rpc } from '../../src/devnet/rpc.js'
import { until } from '../support/until.js'
import { currentSqrtPrice } from '../../src/devnet/uniswap/follow-prices.js'

const WAD = 10n ** 18n
const folder = mkdtempSync(join(tmpdir(), 'keeper-devnet-test-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('startDevnet', () => {
  const file = join(folder, 'devnet.json')
  let devnet: Devnet
  let written: DevnetFile
  let client: Rpc

  beforeAll(async () => {
    devnet = await startDevnet({ borrowers: 24, file })
    written = JSON.parse(readFileSync(file, 'utf8')) as DevnetFile
    client = rpcOver(written.rpcUrl)
  })
  afterAll(() => devnet.stop())

  const position = (special: string): (typeof devnet.positions)[number] => {
    const found = devnet.positions.find((p) => p.special === special)
    if (!found) throw new Error(`no ${special} position`)
    return found
  }
  const account = async (special: string): ReturnType<typeof accountData> => {
    const market = devnet.markets[0]
    if (!market) throw new Error('no market')
    return accountData(devnet.ground.admin, market, position(special).account)
  }

  it('describes itself in devnet.json with settings that the keeper takes', () => {
    expect(Object.keys(written)).toEqual([
      ...['rpcUrl', 'relayUrls', 'mevShareStreamUrl', 'mevShareUrl', 'publicTransactionsUrl'],
      ...['markets', 'tokens', 'operators', 'executor', 'env'],
    ])
    expect(written.markets.map(({ id }) => id)).toEqual(['aave-v3-devnet', 'aave-v30-devnet'])
    expect(written).toEqual(devnet.description)
    const settings = readSettings({ ...written.env }, { needs: 'keys' })
    expect(settings.warnings).toEqual([])
    const markets = readMarketFile(written.env['MARKETS_FILE'] ?? '')
    expect(markets.markets.map(({ contracts }) => contracts['pool'])).toEqual(written.markets.map(({ pool }) => pool))
    expect(existsSync(dirname(written.env['DATA_DIR'] ?? ''))).toBe(true)
    expect(new Set([devnet.owner, devnet.operator, devnet.payout]).size).toBe(3)
    expect(written.operators).toEqual([devnet.operator])
  })

  it('makes a block a second at the time of the wall clock', async () => {
    const since = Math.floor(Date.now() / 1000)
    const first = Number(await client('eth_blockNumber', []))
    await until(async () => Number(await client('eth_blockNumber', [])) >= first + 2, 'two blocks')
    const block = (await client('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    // a block may be two block times behind the clock; a chain ahead of it keeps its pace
    expect(Number(block.timestamp)).toBeGreaterThanOrEqual(since - 2)
    expect(Number(block.timestamp)).toBeLessThanOrEqual(Date.now() / 1000 + 60)
  })

  it('lets another client move a feed with an unlocked account, in the next block', async () => {
    const feed = written.markets[0]?.feeds['WBTC']
    const from = ((await client('eth_accounts', [])) as string[])[8]
    // setAnswer(int256) of 58,000 USD
    const data = `0x99213cd8${58_000_00000000n.toString(16).padStart(64, '0')}`
    const hash = await client('eth_sendTransaction', [{ from, to: feed, data }])
    const receipt = async (): Promise<{ status: string } | null> =>
      (await client('eth_getTransactionReceipt', [hash])) as { status: string } | null
    await until(async () => (await receipt()) !== null, 'the receipt')
    expect((await receipt())?.status).toBe('0x1')
    expect(await priceOf(devnet.ground.admin, devnet.ground.feeds, 'WBTC')).toBe(58_000_00000000n)
    const stranger = position('dust').account
    await expect(client('eth_sendTransaction', [{ from: stranger, to: feed, data }])).rejects.toThrow(/unknown account/)
  })

  it('has the special positions it names', async () => {
    const underWater = await account('under-water')
    expect(underWater.healthFactor).toBeLessThan(WAD)
    expect(underWater.debtBase).toBeGreaterThan(underWater.collateralBase)
    expect((await account('dust')).collateralBase).toBeLessThan(10_00000000n)
    for (const special of ['dust', 'no-route', 'grace-period']) {
      const { healthFactor } = await account(special)
      expect(healthFactor > WAD && healthFactor < (WAD * 104n) / 100n).toBe(true)
    }
    const market = devnet.markets[0]
    if (!market) throw new Error('no market')
    const dai = devnet.ground.tokens.DAI.address
    const [graceUntil] = await devnet.ground.admin.read(market.pool, 'getLiquidationGracePeriod', [dai])
    expect(Number(graceUntil)).toBeGreaterThan(Date.now() / 1000 + 3_600)
  })

  it('opens every other position at the health factor of its plan', async () => {
    // the WBTC feed has moved: those that hold or owe it are left out
    for (const { market: version, account: who, healthBps, collateral, debt } of devnet.positions) {
      if ([...collateral, ...debt].some(([symbol]) => symbol === 'WBTC')) continue
      const market = devnet.markets.find((m) => m.version === version)
      if (!market) throw new Error(`no market ${version}`)
      const { healthFactor } = await accountData(devnet.ground.admin, market, who)
      expect(Math.abs(Number(healthFactor) / 1e18 / (healthBps / 1e4) - 1)).toBeLessThan(0.001)
    }
  })

  it('moves feeds and pools together, publicly', async () => {
    const pool = devnet.ground.uniswap.pools[0]
    if (!pool) throw new Error('no pool')
    const before = await currentSqrtPrice(devnet.anvil.rpc, pool)
    const hashes = await devnet.moveMarket({ WETH: 2_000_00000000n })
    expect(hashes.length).toBeGreaterThan(3)
    const mined = async (): Promise<boolean> => (await client('eth_getTransactionReceipt', [hashes.at(-1)])) !== null
    await until(mined, 'the last receipt')
    for (const hash of hashes)
      expect(await client('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    const ratio = Number(await currentSqrtPrice(devnet.anvil.rpc, pool)) / Number(before)
    expect(pool.token0 === 'WETH' ? ratio : 1 / ratio).toBeCloseTo(Math.sqrt(2_000 / 2_500), 6)
    const recorded = (await (await fetch(written.publicTransactionsUrl)).json()) as unknown[]
    expect(recorded.length).toBeGreaterThanOrEqual(hashes.length)
  })

  it('takes its files along when it stops', async () => {
    const data = dirname(written.env['DATA_DIR'] ?? '')
    await devnet.stop()
    expect([existsSync(file), existsSync(data), alive(devnet.anvil.pid)]).toEqual([false, false, false])
  })
})

describe('keeper devnet', () => {
  const keeper = join(__dirname, '../../bin/keeper.js')
  const file = join(folder, 'cli.json')
  const args = ['devnet', '--borrowers', '0', '--file', file]
  const ready = (): Promise<void> => until(() => existsSync(file), 'the file of the devnet')
  const rpcUrl = (): string => (JSON.parse(readFileSync(file, 'utf8')) as DevnetFile).rpcUrl
  const answers = (url: string): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    )

  it('stops cleanly on SIGTERM', async () => {
    const child = spawn(process.execPath, [keeper, ...args], { stdio: 'ignore' })
    await ready()
    const url = rpcUrl()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect([existsSync(file), await answers(url)]).toEqual([false, false])
  })

  it('is gone soon after its parent was killed', async () => {
    const script = `require('child_process').spawn(process.execPath, ${JSON.stringify([keeper, ...args])}, { stdio: 'ignore' })`
    const parent = spawn(process.execPath, ['-e', `${script}; setInterval(() => 0, 1e6)`], { stdio: 'ignore' })
    await ready()
    const url = rpcUrl()
    expect(await answers(url)).toBe(true)
    parent.kill('SIGKILL')
    await until(async () => !(await answers(url)) && !existsSync(file), 'the end of the devnet')
  })

  it('refuses a number of borrowers that is none', async () => {
    const child = spawn(process.execPath, [keeper, 'devnet', '--borrowers', 'many'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await once(child, 'close')).toEqual([2, null])
    expect(said).toContain('must be a whole number from 0 to 5000')
  })
})
