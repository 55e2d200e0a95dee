import { whole } from '../../../src/devnet/catalogue.js'
import type { Address, BlockRef, Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import type { Delta } from '../../../src/domain/strategy.js'
import { compoundV3 } from '../../../strategies/compound-v3/strategy.js'
import { fingerprintOf } from '../../../strategies/compound-v3/fingerprint.js'
import type { CometState } from '../../../strategies/compound-v3/state.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { Random } from '../../profit/support/random.js'
import { startCometBed, type CometBed } from './support/comet-bed.js'
import { lookAt, pricesOf, snapshotOf } from './support/outlook.js'

const SEED = 31
const USERS = Array.from({ length: 12 }, (_, i) => address(0xabe00 + i))
const COLLATERALS = ['WETH', 'WBTC', 'wstETH'] as const

describe('the replica of a stand-in Comet', () => {
  let bed: CometBed
  const random = new Random(SEED)

  beforeAll(async () => {
    bed = await startCometBed()
    // blocks that share a second share an accrual: what a transfer does there without an event cannot be told
    await bed.anvil.rpc('anvil_setBlockTimestampInterval', [2])
    for (const user of USERS) {
      await bed.supplyTo(user, 'WETH', whole('WETH', BigInt(random.int(2, 9))))
      await bed.withdrawFrom(user, 'USDC', whole('USDC', BigInt(random.int(500, 4_000))))
    }
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const figures = (state: CometState): string => {
    const { stale, positions, ...rest } = JSON.parse(compoundV3.save(state)) as {
      readAt: number
      stale: unknown
      positions: readonly (readonly [string, string, readonly string[]])[]
    }
    // who owes nothing and holds nothing is not in a snapshot
    const open = positions.filter(([, principal, held]) => principal.startsWith('-') || held.length > 0)
    return JSON.stringify(
      { rest: { ...rest, readAt: 0 }, stale, open: [...open].sort(([a], [b]) => (a < b ? -1 : 1)) },
      null,
      1,
    )
  }

  /** False where the contract refuses it: who owes may not give away what secures the debt. */
  async function act(user: Address): Promise<boolean> {
    const other = random.pick(USERS.filter((one) => one !== user))
    const symbol = random.pick(COLLATERALS)
    const acts: (() => Promise<unknown>)[] = [
      () => bed.supplyTo(user, symbol, whole(symbol, 1n) / 3n),
      () => bed.withdrawFrom(user, 'USDC', whole('USDC', BigInt(random.int(10, 200)))),
      () => bed.supplyTo(user, 'USDC', whole('USDC', BigInt(random.int(10, 400)))),
      () => bed.as(user, 'transferAsset', [other, bed.token('WETH'), whole('WETH', 1n) / 5n]),
      () => bed.as(user, 'transfer', [other, whole('USDC', BigInt(random.int(5, 90)))]),
      () => bed.as(user, 'accrueAccount', [user]),
    ]
    return random
      .pick(acts)()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof KeeperError && error.code === 'devnet-revert') return false
          throw error
        },
      )
  }

  /** Block by block, as the indexer does. */
  async function follow(state: CometState, from: number, to: number): Promise<Delta[]> {
    const deltas: Delta[] = []
    for (let number = from; number <= to; number++) {
      const logs = await Promise.all(compoundV3.filters(state).map((filter) => bed.reader.logs(filter, number, number)))
      for (const log of logs.flat().sort((a, b) => a.logIndex - b.logIndex)) deltas.push(compoundV3.reduce(state, log))
      const delta = await compoundV3.refresh?.(bed.reader, state, refAt(number))
      if (delta !== undefined) deltas.push(delta)
    }
    return deltas
  }

  const HASH: Hex = `0x${'0'.repeat(64)}`
  const refAt = (number: number): BlockRef => ({ number, hash: HASH, parentHash: HASH, timestamp: 0n })

  test(`followed block by block it is a fresh snapshot, and undo restores it (seed ${String(SEED)})`, async () => {
    const start = await bed.headBlock()
    const state = await snapshotOf(bed, start)
    const text = compoundV3.save(state)
    const count = { landed: 0, refused: 0 }
    while (count.landed < 40) {
      if (await act(random.pick(USERS))) count.landed++
      else count.refused++
      expect(count.refused).toBeLessThan(40)
    }
    const head = await bed.headBlock()
    const deltas = await follow(state, start.number + 1, head.number)
    const fresh = await snapshotOf(bed, head)
    expect(figures(state)).toBe(figures(fresh))
    for (const delta of deltas.reverse()) delta.undo()
    expect(compoundV3.save(state)).toBe(text)
  }, 60_000)

  test('a snapshot finds all borrowers with few requests; a replay from genesis finds the same', async () => {
    const head = await bed.headBlock()
    const before = bed.requests()
    const state = await snapshotOf(bed, head)
    expect(bed.requests() - before).toBeLessThanOrEqual(9)
    expect([...compoundV3.positions(state)].sort()).toEqual([...USERS].sort())
    const replay = await compoundV3.genesis(bed.reader, bed.comets)
    const { deployBlock } = bed.comets
    const logs = await Promise.all(
      compoundV3.filters(replay).map((f) => bed.reader.logs(f, deployBlock + 1, head.number)),
    )
    for (const log of logs.flat()) compoundV3.reduce(replay, log)
    await compoundV3.refresh?.(bed.reader, replay, head)
    expect(figures(replay)).toBe(figures(state))
  })

  test("debts equal the contract's own view, which the audit asks for", async () => {
    await bed.anvil.rpc('evm_increaseTime', [86_400])
    await bed.as(USERS[0] ?? bed.payout, 'accrueAccount', [USERS[0]])
    await bed.anvil.rpc('anvil_mine', ['0x2', '0x708'])
    const head = await bed.headBlock()
    const state = await snapshotOf(bed, head)
    const at = await pricesOf(bed, state, head, head.timestamp)
    const { reading } = compoundV3
    if (reading === undefined) throw new Error('there is a reading')
    const answers = await bed.reader.calls(
      USERS.map((user) => reading.request(bed.comets, user)),
      head.number,
    )
    for (const [i, user] of USERS.entries()) {
      const { raw } = compoundV3.solvency(state, user, at)
      expect(raw).toBeGreaterThan(0n)
      expect(reading.decode(answers[i]?.data ?? '0x')).toEqual({ raw })
    }
  })

  test('new constants are read and go on; other code stops all plans until the next start', async () => {
    const user = USERS[0] ?? bed.payout
    await bed.setPrice('WETH', 30_00000000n)
    const start = await bed.headBlock()
    const state = await snapshotOf(bed, start)
    const codes = async (): Promise<string[]> => {
      const at = await pricesOf(bed, state, start, start.timestamp + 12n)
      return compoundV3.plans(state, user, at, at.timestamp).map((one) => ('at' in one ? 'plan' : one.refusal.code))
    }
    expect(await codes()).toEqual(['plan'])
    const proxy = { address: bed.comet.address, abi: (await bed.deploy('CometProxyStandIn', [bed.comet.address])).abi }
    const upgrade = async (to: Address): Promise<void> => {
      const { number } = await bed.headBlock()
      await bed.admin.send(proxy, 'upgradeTo', [to])
      for (let block = number + 1; block <= number + 1; block++) {
        const logs = await Promise.all(compoundV3.filters(state).map((f) => bed.reader.logs(f, block, block)))
        for (const log of logs.flat()) compoundV3.reduce(state, log)
      }
      expect(await codes()).toEqual(['code-changed'])
      expect(compoundV3.mustRefresh?.(state)).toBe(true)
      await compoundV3.refresh?.(bed.reader, state, refAt(number + 1))
    }
    const other = await bed.implementation({ storeFrontPriceFactor: 10n ** 17n, assets: 2 })
    await upgrade(other.address)
    expect(state.config.storeFrontFactor).toBe(10n ** 17n)
    expect(state.assets.length).toBe(2)
    expect(await codes()).toEqual(['plan'])
    // the same interface, code of another compiler run
    const strange = await bed.implementation()
    const code = (await bed.anvil.rpc('eth_getCode', [strange.address, 'latest'])) as Hex
    await bed.anvil.rpc('anvil_setCode', [strange.address, `${code}00`])
    await upgrade(strange.address)
    expect(await codes()).toEqual(['code-changed'])
  })

  test('the market file is vouched for by base token and fingerprint', async () => {
    const head = await bed.headBlock()
    const codes = async (change: Partial<CometBed['comets']>): Promise<string[]> =>
      (await compoundV3.verify(bed.reader, { ...bed.comets, ...change }, head)).map(({ code }) => code)
    expect(await codes({})).toEqual([])
    expect(await codes({ implementationCodeHashes: [] })).toEqual(['code-changed'])
    const contracts = { ...bed.comets.contracts, baseToken: bed.token('DAI') }
    expect(await codes({ contracts })).toEqual(['unknown-revision'])
    expect(await codes({ contracts: { ...contracts, comet: bed.payout } })).toEqual(['unknown-revision'])
    // feeds that the file adds: of other decimals, none at all, and the Comet's own
    const feeds = (unitFeed: Address, nativeFeed: Address) => ({
      contracts: { ...bed.comets.contracts, unitFeed, nativeFeed },
    })
    expect(await codes(feeds(bed.token('WETH'), bed.payout))).toEqual(['unknown-revision', 'unknown-revision'])
    const [info] = await bed.admin.read(bed.comet, 'getAssetInfo', [0])
    const { priceFeed } = info as { readonly priceFeed: Address }
    expect(await codes(feeds(priceFeed, priceFeed))).toEqual([])
  })

  test('a fingerprint sees code and no constants', () => {
    const word = (fill: string): string => fill.repeat(64)
    // PUSH32 <word> PUSH1 2 ADD
    const code = (fill: string, small = '02'): Hex => `0x7f${word(fill)}60${small}01`
    expect(fingerprintOf(code('1'))).toBe(fingerprintOf(code('f')))
    expect(fingerprintOf(code('1'))).not.toBe(fingerprintOf(code('1', '03')))
    // 0x7f as an operand is no PUSH32
    expect(fingerprintOf('0x607f6001')).not.toBe(fingerprintOf('0x607f6002'))
  })

  test('a checkpoint gives the same state, and a damaged or foreign one is refused', async () => {
    const state = await snapshotOf(bed, await bed.headBlock())
    const text = compoundV3.save(state)
    expect(compoundV3.save(compoundV3.load(bed.comets, text))).toBe(text)
    const damaged = [
      text.slice(0, -9),
      text.replace('"format":1', '"format":2'),
      text.replace(/"principal|positions":\[\[/, '"positions":[7,['),
    ]
    const foreign = { ...bed.comets, id: 'another' }
    for (const [market, one] of [...damaged.map((t) => [bed.comets, t] as const), [foreign, text] as const])
      expect(() => compoundV3.load(market, one)).toThrow(KeeperError)
  })

  test('behind an absorption the other collaterals can be bought in the same transaction, exactly', async () => {
    const user = USERS[1] ?? bed.payout
    await bed.supplyTo(user, 'WBTC', whole('WBTC', 1n) / 100n)
    await bed.setPrice('WETH', 30_00000000n)
    await bed.setPrice('WBTC', 20_000_00000000n)
    const look = await lookAt(bed)
    const [first] = look.choices(user)
    if (first === undefined || !('at' in first)) throw new Error('no plan')
    const rest = first.after?.(first.maxRepay)
    expect(rest?.liquidatable).toBe(true)
    const [second] = rest?.choices() ?? []
    if (second === undefined || !('at' in second)) throw new Error('no second plan')
    expect(second.after?.(second.maxRepay)?.liquidatable).toBe(false)
    await look.holdTime()
    await bed.as(bed.operator, 'absorb', [bed.operator, [user]])
    const buyer = USERS[2] ?? bed.payout
    await bed.supplyTo(buyer, 'USDC', 1n)
    await bed.mint('USDC', buyer, first.maxRepay + second.maxRepay + 1n)
    const buy = (plan: typeof first, amount: bigint): Promise<unknown> =>
      bed.as(buyer, 'buyCollateral', [plan.collateral.address, 0n, amount, buyer])
    await buy(first, first.maxRepay)
    await expect(buy(second, second.maxRepay + 1n)).rejects.toThrow('InsufficientReserves')
    await buy(second, second.maxRepay)
    const bought = second.at(second.maxRepay)
    expect('seize' in bought && (await bed.balance(second.collateral.address, buyer))).toBe(
      'seize' in bought && bought.seize,
    )
  })
})
