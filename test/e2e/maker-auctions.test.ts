import { devnetKeeperEnv } from '../../src/cli/demo/keeper-env.js'
import { KeeperProcess, type KeeperEvent } from '../../src/cli/demo/keeper-process.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { ROLES, accountOf } from '../../src/devnet/ground.js'
import { rpcOver } from '../../src/devnet/rpc.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { valueInWei, type PriceInWei } from '../../src/ledger/totals.js'
import { address } from '../contracts/support/executor-bed.js'
import { ILK } from '../strategies/maker/support/maker-contracts.js'
import { hexOf, startMakerDevnet, type MakerDevnet } from './support/maker/devnet.js'

const VAULT = address(0xc11e1)
const MOST_BLOCKS = 120

describe('a keeper beside stand-ins of Maker: bark for the incentive, take without capital, books to the wei', () => {
  let devnet: MakerDevnet
  const events: KeeperEvent[] = []

  beforeAll(async () => {
    devnet = await startMakerDevnet(async ({ admin }, { vat }) => {
      await admin.send(vat, 'frob', [ILK, VAULT, VAULT, VAULT, 30n * WAD, 50_000n * WAD])
    })
  }, 120_000)
  afterAll(() => devnet.stop())

  const head = async (): Promise<number> => Number(await devnet.anvil.rpc('eth_blockNumber', []))

  async function send(to: Contract, method: string, args: readonly unknown[]): Promise<void> {
    const from = accountOf(devnet.ground.accounts, ROLES.admin)
    const data = to.abi.encodeFunctionData(method, [...args])
    await rpcOver(devnet.proxy.rpcUrl)('eth_sendTransaction', [{ from, to: to.address, data, gas: '0x989680' }])
  }

  async function until(what: string, keeper: KeeperProcess, holds: () => Promise<boolean>): Promise<void> {
    for (const last = (await head()) + MOST_BLOCKS; !(await holds());) {
      keeper.mustLive()
      if ((await head()) > last) throw new Error(`not seen: ${what}\n${JSON.stringify(events.slice(-20))}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async function later(seconds: number): Promise<void> {
    const { timestamp } = (await devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    devnet.builder.script({ timestamp: Number(timestamp) + seconds })
  }

  /** Everything of ours, by the chain alone: raw units per token, coins inside the Vat under its address. */
  async function holdings(block: number): Promise<Map<Address, bigint>> {
    const { ground, agent, executor, operator, vat } = devnet
    const accounts = [ROLES.executorOwner, ROLES.payout].map((role) => accountOf(ground.accounts, role))
    const sums = new Map<Address, bigint>()
    const add = (token: Address, amount: bigint): void => void sums.set(token, (sums.get(token) ?? 0n) + amount)
    for (const account of [...accounts, operator, executor, agent.address]) {
      add(NATIVE, BigInt((await devnet.anvil.rpc('eth_getBalance', [account, hexOf(block)])) as string))
      for (const token of [ground.tokens.WETH, ground.tokens.DAI])
        add(token.address, (await ground.admin.read(token, 'balanceOf', [account], hexOf(block)))[0] as bigint)
      add(vat.address, (await ground.admin.read(vat, 'dai', [account], hexOf(block)))[0] as bigint)
    }
    return sums
  }

  test('barks, waits for the price, buys with the pool’s coins, and the ledger says what the chain says', async () => {
    const { env, ground, spotter, clip, vat, agent } = devnet
    const first = await head()
    const before = await holdings(first)
    const keeper = await KeeperProcess.start(devnetKeeperEnv(process.env, env), env['DATA_DIR'] ?? '', (event) =>
      events.push(event),
    )
    try {
      await send(spotter, 'set', [2_100n * WAD, true, RAY])
      await send(spotter, 'poke', [ILK])
      await until('a bark', keeper, async () => ((await ground.admin.read(clip, 'kicks'))[0] as bigint) > 0n)
      const [paid] = await ground.admin.read(vat, 'dai', [agent.address])
      expect(paid).toBe(250n * WAD * RAY + (56_500n * WAD * RAY) / 1_000n)
      const sold = async (): Promise<boolean> => ((await ground.admin.read(clip, 'list'))[0] as unknown[]).length === 0
      for (let jump = 0; jump < 6 && !(await sold()); jump++) {
        await later(450)
        const now = await head()
        await until('blocks', keeper, async () => (await sold()) || (await head()) > now + 8)
      }
      expect(await sold()).toBe(true)
      const end = (await head()) + 5
      await until(
        'confirmations',
        keeper,
        async () => (await head()) > end && (await keeper.health())['inFlight'] === 0,
      )
    } finally {
      await keeper.stop()
    }
    await devnet.builder.stopClock()
    const after = await holdings(await head())
    const change = new Map([...after].map(([token, now]) => [token, now - (before.get(token) ?? 0n)]))
    const [weth, dai] = [ground.tokens.WETH.address, ground.tokens.DAI.address]
    const wei: PriceInWei = { numerator: 1n, denominator: 1n }
    const prices = new Map([
      ...([
        [NATIVE, wei],
        [weth, wei],
        [dai, { numerator: 1n, denominator: 2_100n }],
      ] as const),
      [vat.address, { numerator: 1n, denominator: 2_100n * RAY }] as const,
    ])
    const ledger = new SqliteLedger({ dataDir: env['DATA_DIR'] ?? '', accounts: null, wrappedNative: weth })
    try {
      expect(ledger.totals(prices)).toBe(valueInWei(change, prices))
    } finally {
      ledger.close()
    }
    expect(change.get(vat.address)).toBeGreaterThan(0n)
    expect(change.get(weth)).toBeGreaterThan(0n)
    const operator = devnet.operator
    expect(devnet.proxy.publicTransactions().filter(({ from }) => from === operator)).toEqual([])
  }, 240_000)
})
