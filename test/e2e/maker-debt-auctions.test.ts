import { setTimeout as sleep } from 'node:timers/promises'
import { devnetKeeperEnv } from '../../src/cli/demo/keeper-env.js'
import { KeeperProcess, type KeeperEvent } from '../../src/cli/demo/keeper-process.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { openPair } from '../../src/devnet/geb/pools.js'
import { ROLES, accountOf, type Ground } from '../../src/devnet/ground.js'
import { rpcOver } from '../../src/devnet/rpc.js'
import { mint } from '../../src/devnet/tokens.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { valueInWei, type PriceInWei } from '../../src/ledger/totals.js'
import { RAD } from '../../strategies/maker/maths.js'
import { address } from '../contracts/support/executor-bed.js'
import { what, type MakerContracts } from '../strategies/maker/support/maker-contracts.js'
import { hexOf, startMakerDevnet, type MakerDevnet } from './support/maker/devnet.js'

const SINK = address(0x51)
const SUMP = 1_000n * RAD
const DUMP = 10_000n * WAD
const MOST_BLOCKS = 60
const PATIENCE_MS = 250

/** No debt but 3,000 coins of it, tokens at 20 cents, and a rival with coins in the Vat. */
async function setTheStage(ground: Ground, maker: MakerContracts): Promise<void> {
  const { admin, tokens, uniswap, accounts } = ground
  const { vat, vow, flopper, gov } = maker
  const [owed] = await admin.read(vat, 'sin', [vow.address])
  await admin.send(vat, 'suck', [SINK, vow.address, owed])
  await admin.send(vow, 'heal', [owed])
  await admin.send(vow, 'file', [what('sump'), SUMP])
  await admin.send(vow, 'file', [what('dump'), DUMP])
  await admin.send(flopper, 'set', [vow.address, 1n, 1n])
  await admin.send(gov, 'allow', [flopper.address])
  await admin.send(gov, 'mint', [uniswap.maker, 5_000_000n * WAD])
  await mint(admin, tokens, 'WETH', uniswap.maker, 400n * WAD)
  await openPair(admin, uniswap, {
    ...{ tokens: [gov, tokens.WETH], amounts: [5_000_000n * WAD, 400n * WAD], fee: 3_000, tickSpacing: 60 },
  })
  const rival = accountOf(accounts, ROLES.maker)
  await admin.send(vat, 'suck', [SINK, rival, 10n * SUMP])
  await admin.send(vat, 'hope', [flopper.address], { from: rival })
  await admin.send(vat, 'suck', [vow.address, SINK, 3n * SUMP])
}

describe('a keeper in debt auctions of Maker’s stand-ins against a rival: won, lost and sold, books to the wei', () => {
  let devnet: MakerDevnet
  let keeper: KeeperProcess
  const events: KeeperEvent[] = []

  beforeAll(async () => {
    const auctions = { style: 'step', onWin: 'sell', priceWindowSeconds: 600 }
    devnet = await startMakerDevnet(setTheStage, { manual: true, agentCoins: 5_000n, auctions })
  }, 120_000)
  afterAll(() => devnet.stop())

  const head = async (): Promise<number> => Number(await devnet.anvil.rpc('eth_blockNumber', []))
  const start = (): Promise<KeeperProcess> => {
    const env = { ...devnetKeeperEnv(process.env, devnet.env), MAX_HEAD_AGE_SECONDS: '86400' }
    return KeeperProcess.start(env, devnet.env['DATA_DIR'] ?? '', (event) => events.push(event))
  }
  const read = async (to: Contract, method: string, args: readonly unknown[] = []): Promise<unknown[]> =>
    (await devnet.ground.admin.read(to, method, args)).toArray() as unknown[]
  const leaders = async (): Promise<string[]> =>
    Promise.all([1, 2, 3].map(async (id) => String((await read(devnet.flopper, 'bids', [id]))[2]).toLowerCase()))

  /** One block, with the bundle that the keeper may have for it. */
  async function block(later = 0): Promise<void> {
    const number = await head()
    for (const end = Date.now() + 60_000; ; await sleep(10)) {
      keeper.mustLive()
      const { scannedBlock } = await keeper.health()
      if (typeof scannedBlock === 'number' && scannedBlock >= number) break
      if (Date.now() > end) throw new Error(`block ${number} is not worked through`)
    }
    const waiting = (): boolean =>
      devnet.builder
        .records()
        .some(({ outcome, firstBlock }) => outcome.kind === 'pending' && firstBlock === number + 1)
    for (const end = Date.now() + PATIENCE_MS; !waiting() && Date.now() < end; await sleep(10));
    if (later === 0) return void (await devnet.builder.produceBlock())
    const { timestamp } = (await devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    await devnet.builder.produceBlock({ timestamp: Number(timestamp) + later, local: true })
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const last = (await head()) + MOST_BLOCKS; !(await holds()); await block())
      if ((await head()) > last) throw new Error(`not seen: ${what}\n${JSON.stringify(events.slice(-20))}`)
  }

  const rival = (): Address => accountOf(devnet.ground.accounts, ROLES.maker)
  async function rivalSends(method: string, args: readonly unknown[]): Promise<void> {
    const { abi, address: to } = devnet.flopper
    const data = abi.encodeFunctionData(method, [...args])
    await rpcOver(devnet.proxy.rpcUrl)('eth_sendTransaction', [{ from: rival(), to, data, gas: '0x989680' }])
  }

  /** Everything of ours, by the chain alone: raw units per token, coins inside the Vat under its address. */
  async function holdings(): Promise<Map<Address, bigint>> {
    const { ground, agent, executor, operator, vat, gov } = devnet
    const accounts = [ROLES.executorOwner, ROLES.payout].map((role) => accountOf(ground.accounts, role))
    const at = hexOf(await head())
    const sums = new Map<Address, bigint>()
    const add = (token: Address, amount: unknown): void =>
      void sums.set(token, (sums.get(token) ?? 0n) + BigInt(String(amount)))
    for (const account of [...accounts, operator, executor, agent.address]) {
      add(NATIVE, await devnet.anvil.rpc('eth_getBalance', [account, at]))
      for (const token of [ground.tokens.WETH, ground.tokens.DAI, gov])
        add(token.address, (await ground.admin.read(token, 'balanceOf', [account], at))[0])
      add(vat.address, (await ground.admin.read(vat, 'dai', [account], at))[0])
    }
    return sums
  }

  test('starts three, is outbid in one for good, wins two, sells what it won, and the ledger says what the chain says', async () => {
    const { flopper, gov, vat, agent, ground } = devnet
    const us = agent.address
    const before = await holdings()
    keeper = await start()
    await until('three auctions of ours', async () => (await leaders()).every((leader) => leader === us))
    expect((await read(flopper, 'kicks'))[0]).toBe(3n)

    await rivalSends('dent', [1, 7_000n * WAD, SUMP])
    await rivalSends('dent', [2, 8_000n * WAD, SUMP])
    await block()
    expect((await leaders()).slice(0, 2)).toEqual([rival(), rival()])
    await until('both again', async () => (await leaders()).every((leader) => leader === us))
    // the next lot of ours would be worth less than the bid, by the price that may be left when it is free again
    await rivalSends('dent', [1, 5_600n * WAD, SUMP])
    await until('why it is left to the rival', async () => {
      const notes = events.flatMap(({ notes: told }) => (Array.isArray(told) ? (told as { name: string }[]) : []))
      const why = notes.findLast(({ name }) => name === 'maker-flop/1')
      return Promise.resolve(JSON.stringify(why ?? {}).includes('below-reservation'))
    })
    for (let i = 0; i < 4; i++) await block()
    expect(await leaders()).toEqual([rival(), us, us])

    // killed before the end: the next one learns from the chain what the bids were
    keeper.signal('SIGKILL')
    await keeper.end(60_000)
    await devnet.builder.produceBlock({ local: true })
    keeper = await start()
    await block(10_802)
    await rivalSends('deal', [1])
    await until('the ends', async () => (await leaders()).every((leader) => BigInt(leader) === 0n))
    await until('the sale', async () => (await read(gov, 'balanceOf', [us]))[0] === 0n)
    expect((await read(gov, 'balanceOf', [rival()]))[0]).toBeGreaterThanOrEqual(5_600n * WAD)
    for (let i = 0; i < 6; i++) await block()
    expect((await keeper.health())['inFlight']).toBe(0)
    await keeper.stop()

    const after = await holdings()
    const change = new Map([...after].map(([token, now]) => [token, now - (before.get(token) ?? 0n)]))
    const [weth, dai] = [ground.tokens.WETH.address, ground.tokens.DAI.address]
    const wei: PriceInWei = { numerator: 1n, denominator: 1n }
    const coin = (units: bigint): PriceInWei => ({ numerator: 1n, denominator: 2_500n * units })
    const prices = new Map([
      ...([[NATIVE, wei] as const, [weth, wei] as const, [dai, coin(1n)] as const] as const),
      ...([[vat.address, coin(RAY)] as const, [flopper.address, coin(RAY)] as const] as const),
      [gov.address, { numerator: 8n, denominator: 100_000n }] as const,
    ])
    const ledger = new SqliteLedger({ dataDir: devnet.env['DATA_DIR'] ?? '', accounts: null, wrappedNative: weth })
    try {
      expect(ledger.totals(prices)).toBe(valueInWei(change, prices))
      const sums = new Map<Address, bigint>()
      for (const { deltas } of ledger.report().bookings)
        for (const [token, amount] of deltas) sums.set(token, (sums.get(token) ?? 0n) + amount)
      // token by token: two bids paid, what was won is sold, no claim is left
      const theirs = [dai, vat.address, gov.address, weth].map((token) => change.get(token) ?? 0n)
      expect([dai, vat.address, gov.address, weth].map((token) => sums.get(token) ?? 0n)).toEqual(theirs)
      expect([sums.get(flopper.address) ?? 0n, sums.get(gov.address) ?? 0n]).toEqual([0n, 0n])
      expect((theirs[0] ?? 0n) * RAY + (theirs[1] ?? 0n)).toBe(-2n * SUMP)
      expect(theirs[3]).toBeGreaterThan(WAD)
    } finally {
      ledger.close()
    }
    const { operator } = devnet
    expect(devnet.proxy.publicTransactions().filter(({ from }) => from === operator)).toEqual([])
  }, 240_000)
})
