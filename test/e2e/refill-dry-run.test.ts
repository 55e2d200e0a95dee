import { AbiCoder, Wallet, encodeBytes32String } from 'ethers'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InsuranceRow } from '../../src/auctions/insurance.js'
import type { KeeperEvent } from '../../src/cli/demo/keeper-process.js'
import { main } from '../../src/cli/main.js'
import { toAddress } from '../../src/domain/chain.js'
import { WAD } from '../../src/domain/maths.js'
import { Redactor } from '../../src/ops/redaction.js'
import { GebStation } from './support/geb-station.js'

const LOTS = 5
const HOUR = 3_600
const HELD = 'dry-run: agent not deployed; calculated as if it held 5000 coin'
/** What somebody has who has just cloned this: no key, no executor, no agent. */
const NEWCOMER = {
  ...{ DRY_RUN: 'true', PRIVATE_KEY: '', EXECUTOR_ADDRESS: '', AUCTION_AGENT_ADDRESS: '' },
  ...{ RELAY_AUTH_KEY: '', SIMULATION_RPC_URL: '' },
}

interface Action {
  readonly name: string
  readonly what: string
  readonly pay: string
  readonly get: string
}

describe('auctions before there is an agent, and after', () => {
  let station: GebStation
  let folder: string
  const owner = Wallet.createRandom()
  let dryStart: readonly Action[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keeper-newcomer-'))
    station = await GebStation.open({ agentCoins: 0n, auctions: { maxPerAuction: '2000', maxLocked: '5000' } })
  }, 120_000)
  afterAll(async () => {
    await station.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const started = (): readonly Action[] => {
    const actions = station.events.map(({ event, actions: said }) => (event === 'auction' ? (said as Action[]) : []))
    return actions.findLast((one) => one.some(({ what }) => what === 'start')) ?? []
  }
  const wouldEarn = async (place: string): Promise<bigint> => {
    const counts = ({ positions }: KeeperEvent): boolean => Array.isArray(positions) && positions.includes(place)
    return BigInt(String((await station.heard('dry-run', 0, counts))['wouldEarnWei']))
  }

  it('liquidations that do not fit together go one by one, so that one too many holds up none', async () => {
    const { devnet, stage } = station
    const { geb, owners } = devnet
    const limit = (coins: bigint): Promise<void> =>
      stage.send(geb.liquidationEngine, 'modifyParameters(bytes32,bytes)', [
        encodeBytes32String('onAuctionSystemCoinLimit'),
        AbiCoder.defaultAbiCoder().encode(['uint256'], [coins * 10n ** 45n]),
      ])
    await station.crash(1_500n)
    // room for one of the two, and less than the debt floor beside it
    await limit(2_800n)
    const dataDir = join(folder, 'limited')
    const keeper = await station.start({ ...NEWCOMER, DATA_DIR: dataDir })
    await stage.blocks(4)
    expect(await wouldEarn(`geb-devnet/open/${owners[0] ?? ''}`)).toBeGreaterThan(0n)
    await station.kill(keeper)
    await limit(10_000_000n)
  }, 120_000)

  it('a dry run without any key says what it would bid and earn, as if an agent held coins, and changes nothing', async () => {
    const { devnet, stage } = station
    const { geb, owners } = devnet
    const since = station.events.length
    const keeper = await station.start({ ...NEWCOMER, DATA_DIR: folder })
    expect((await station.heard('auctions', since, ({ because }) => because !== undefined))['because']).toBe(HELD)
    // somebody else opens the auctions; two hours later their collateral is cheap
    for (const safe of owners.slice(0, 2)) await stage.send(geb.liquidationEngine, 'liquidateSAFE', [geb.cType, safe])
    for (let hours = 0; hours < 2; hours++) await stage.wait(HOUR)
    await stage.blocks(2)
    expect(await wouldEarn('geb-devnet/geb-collateral/1')).toBeGreaterThan(0n)
    await stage.etherAt(1_200n, 200n)
    await stage.wait(Number(geb.parameters.popDebtDelay))
    await stage.blocks(3)
    expect(await wouldEarn('geb-devnet/geb-debt/1')).toBeGreaterThan(0n)
    dryStart = started()
    expect(dryStart.map(({ name }) => name)).toEqual(Array.from({ length: LOTS }, (_, i) => `geb-debt/${i + 1}`))
    await station.kill(keeper)
    // each was run on the real contracts, with the agent put there for the call
    expect(station.events.slice(since).filter(({ event }) => event === 'simulation')).toEqual([])
    const dry = station.report(folder)
    expect(dry.bookings).toEqual([])
    expect([await station.read(geb.debtAuctionHouse, 'auctionsStarted'), await station.nonce()]).toEqual([0n, 0])
    expect(station.waiting()).toEqual([])
  }, 120_000)

  it('a price to which somebody pushed the pool just before the start is not bid on', async () => {
    const { stage } = station
    const dataDir = join(folder, 'pushed')
    await stage.etherAt(1_200n, 400n)
    const keeper = await station.start({ ...NEWCOMER, DATA_DIR: dataDir })
    await stage.blocks(2)
    await station.scanned(keeper, await stage.head())
    await station.kill(keeper)
    const refused = station.withLedger((ledger) => ledger.lastRefusal('geb-devnet', 'geb-debt/1'), dataDir)
    expect([refused?.code, refused?.detail]).toEqual(['absurd-price', expect.stringContaining('too high')])
    await stage.etherAt(1_200n, 200n)
  }, 120_000)

  it('the insurance view decides with the same assumption, without a ledger', async () => {
    const { code, out } = await station.command(['insurance', '--json'], {
      ...NEWCOMER,
      DATA_DIR: join(folder, 'none'),
    })
    expect(code).toBe(0)
    const rows = JSON.parse(out) as InsuranceRow[]
    const debt = rows.find(({ venue }) => venue === 'geb-debt')
    expect([debt?.enabled, debt?.startable]).toEqual([true, LOTS])
    const [first] = debt?.auctions ?? []
    const [{ pay, get }] = dryStart as [Action]
    expect([first?.name, first?.decision?.act]).toEqual(['geb-debt/1', 'bid'])
    expect(first?.decision?.why).toMatch(new RegExp(`^would pay ${pay} for ${get} and earn [1-9]`))
  })

  it('after deploy-agent the live keeper does the same, wins, and sells what it won at a gain', async () => {
    const { devnet, stage } = station
    const { geb, anvil } = devnet
    const agent = await deployAgent()
    await stage.send(geb.coin, 'transfer', [agent, 5_000n * WAD])
    await stage.blocks(4)
    const keeper = await station.start({ AUCTION_AGENT_ADDRESS: agent })
    await station.offered(keeper, 'start', 0)
    expect(started()).toEqual(dryStart)
    await station.settle(keeper, 1)
    await stage.wait(Number(geb.parameters.bidDuration) + 60)
    await station.settle(keeper, 2)
    await keeper.stop()
    const weth = await station.read(devnet.ground.tokens.WETH, 'balanceOf', [agent])
    expect(await station.read(geb.protocolToken, 'balanceOf', [agent])).toBe(0n)
    // 5,000 coins at 1,200 a piece of ether were paid
    expect(weth).toBeGreaterThan((5_000n * WAD) / 1_200n)
    expect(await anvil.rpc('eth_getCode', [devnet.agent.address, 'latest'])).not.toBe('0x')
  }, 120_000)

  async function deployAgent(): Promise<string> {
    const { anvil, operator } = station.devnet
    await anvil.rpc('anvil_setBalance', [owner.address, '0xde0b6b3a7640000'])
    await anvil.rpc('evm_setAutomine', [true])
    const outs: string[] = []
    const notes: string[] = []
    const redactor = new Redactor()
    const env = {
      ...station.env({ RPC_URLS: anvil.rpcUrl, AUCTION_AGENT_ADDRESS: '', OPERATOR_ADDRESSES: toAddress(operator) }),
      OWNER_PRIVATE_KEY: owner.privateKey,
    }
    const limits = [
      ...['--coins-per-run', '5000', '--coins-per-day', '5000'],
      ...['--tokens-per-run', '100000', '--tokens-per-day', '200000', '--floor', '0.00002'],
    ]
    const cli = {
      env,
      redactor,
      out: (line: string) => void outs.push(line),
      note: (line: string) => void notes.push(line),
    }
    const code = await main(['deploy-agent', ...limits], cli)
    await anvil.rpc('evm_setAutomine', [false])
    expect([code, notes.at(-1)]).toEqual([0, expect.stringContaining('MARKETS_FILE')])
    return toAddress(outs[0]?.split('=')[1] ?? '')
  }
})
