import type { Address, BlockRef, Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import { MAX_UINT256, RAY, WAD } from '../../../src/domain/maths.js'
import type { PriceView } from '../../../src/domain/prices.js'
import type { Delta } from '../../../src/domain/strategy.js'
import { RAD } from '../../../strategies/maker/maths.js'
import { VOW } from '../../../strategies/maker/signatures.js'
import type { MakerState } from '../../../strategies/maker/state.js'
import { maker } from '../../../strategies/maker/strategy.js'
import { isRipe } from '../../../strategies/maker/vow-books.js'
import { vowUpkeep } from '../../../strategies/maker/vow-upkeep.js'
import { flopHealth, readVow } from '../../../strategies/maker/vow.js'
import { Random } from '../../profit/support/random.js'
import { startMakerBed, type MakerBed } from './support/maker-bed.js'
import { ILK, OTHER_ILK, what } from './support/maker-contracts.js'

const SEED = 404
const AT: PriceView = { block: 0, timestamp: 0n, price: () => ({ value: 0n, source: 'round' }) }
const HASH: Hex = `0x${'0'.repeat(64)}`

describe('Maker on stand-ins: vaults, barks and the Vow', () => {
  let bed: MakerBed
  let users: readonly Address[]
  const random = new Random(SEED)

  beforeAll(async () => {
    bed = await startMakerBed()
    users = bed.accounts.slice(1, 8)
    const { admin, vat, dog, clip } = bed
    await admin.send(vat, 'file', [ILK, what('spot'), 1_000n * RAY])
    await admin.send(vat, 'file', [OTHER_ILK, what('spot'), 1_000n * RAY])
    await admin.send(vat, 'file', [ILK, what('dust'), 500n * RAD])
    await admin.send(dog, 'file(bytes32,uint256)', [what('Hole'), 10n ** 9n * RAD])
    await admin.send(dog, 'file(bytes32,bytes32,uint256)', [ILK, what('hole'), 10n ** 9n * RAD])
    await admin.send(dog, 'file(bytes32,bytes32,uint256)', [ILK, what('chop'), (WAD * 113n) / 100n])
    await admin.send(clip, 'file(bytes32,uint256)', [what('tip'), 250n * RAD])
    await admin.send(clip, 'file(bytes32,uint256)', [what('chip'), WAD / 1_000n])
    await admin.send(bed.spotter, 'set', [1_450n * WAD, true, RAY])
    for (const user of users) await frob(user, BigInt(random.int(3, 20)) * WAD, BigInt(random.int(1_000, 2_900)) * WAD)
  }, 60_000)
  afterAll(() => bed.stop())

  const frob = async (urn: Address, ink: bigint, art: bigint, ilk = ILK): Promise<void> => {
    await bed.admin.send(bed.vat, 'frob', [ilk, urn, urn, urn, ink, art])
  }
  const snapshot = async (): Promise<MakerState> =>
    maker.snapshot(bed.reader, bed.market, await bed.head(), () => undefined)

  async function follow(state: MakerState, from: number, to: number): Promise<Delta[]> {
    const deltas: Delta[] = []
    for (let number = from; number <= to; number++) {
      const logs = await Promise.all(maker.filters(state).map((filter) => bed.reader.logs(filter, number, number)))
      for (const log of logs.flat().sort((a, b) => a.logIndex - b.logIndex)) deltas.push(maker.reduce(state, log))
      if (!maker.stale?.(state)) continue
      const ref: BlockRef = { number, hash: HASH, parentHash: HASH, timestamp: 0n }
      const delta = await maker.refresh?.(bed.reader, state, ref)
      if (delta !== undefined) deltas.push(delta)
    }
    return deltas
  }

  async function act(): Promise<void> {
    const { admin, vat, dog, clip, accounts } = bed
    const user = random.pick(users)
    const other = random.pick(users.filter((one) => one !== user))
    const acts: (() => Promise<unknown>)[] = [
      () => frob(user, WAD / 7n, 0n),
      () => frob(user, WAD, WAD * 3n),
      () => frob(user, WAD, WAD * 3n, OTHER_ILK),
      () => admin.send(vat, 'fork', [ILK, user, other, WAD / 9n, WAD / 11n]),
      () => admin.send(vat, 'fold', [ILK, user, RAY / 100_000n]),
      () => admin.send(vat, 'file', [ILK, what('spot'), RAY * BigInt(random.int(980, 1_020))]),
      () => admin.send(clip, 'file(bytes32,uint256)', [what('tip'), BigInt(random.int(100, 300)) * RAD]),
      () => admin.send(dog, 'digs', [ILK, 0n], { from: accounts[0] ?? user }),
    ]
    await random.pick(acts)()
  }

  test(`followed block by block it is a fresh snapshot, and undo restores it (seed ${String(SEED)})`, async () => {
    const start = await bed.head()
    const state = await snapshot()
    expect([...maker.positions(state)].sort()).toEqual([...users].sort())
    const text = maker.save(state)
    for (let i = 0; i < 60; i++) await act()
    const deltas = await follow(state, start.number + 1, (await bed.head()).number)
    expect(maker.save(state)).toBe(maker.save(await snapshot()))
    expect(maker.save(maker.load(bed.market, maker.save(state)))).toBe(maker.save(state))
    expect(maker.save(state)).not.toBe(text)
    for (const delta of deltas.reverse()) delta.undo()
    expect(maker.save(state)).toBe(text)
  }, 60_000)

  test('a bark is what was said of it, incentive included, and refusals are those of the Dog', async () => {
    const { admin, vat, dog, clip, vow, accounts } = bed
    const keeper = accounts[9] ?? accounts[0]
    if (keeper === undefined) throw new Error('no account')
    const codes = async (): Promise<string[]> => {
      const state = await snapshot()
      return [...maker.positions(state)].map((id) => {
        const open = maker.opening?.(state, id, keeper)
        return open !== undefined && 'code' in open ? open.code : 'opens'
      })
    }
    expect(new Set(await codes())).toEqual(new Set(['healthy']))
    await admin.send(vat, 'file', [ILK, what('spot'), 60n * RAY])
    const state = await snapshot()
    for (const user of users) {
      const open = maker.opening?.(state, user, keeper)
      if (open === undefined || 'code' in open) continue
      expect(maker.solvency(state, user, AT).liquidatable).toBe(true)
      expect(maker.plans(state, user, AT, 0n).map((one) => ('refusal' in one ? one.refusal.code : 'plan'))).toEqual([
        'opens-auction',
      ])
      const snap = await bed.anvil.rpc('evm_snapshot', [])
      const before = (await admin.read(vat, 'dai', [keeper]))[0] as bigint
      const receipt = await bed.anvil.rpc('eth_sendTransactionSync', [
        { from: keeper, to: open.call.to, data: open.call.data, gas: '0x2dc6c0' },
      ])
      const logs = (receipt as { logs: { address: string; topics: string[]; data: string }[] }).logs
      const kick = logs.flatMap((log) => clip.abi.parseLog(log) ?? []).find(({ name }) => name === 'Kick')
      expect([kick?.args[2], kick?.args[3]].map((n) => BigInt(n as bigint))).toEqual([
        expect.any(BigInt),
        open.sell.amount,
      ])
      expect((kick?.args[2] as bigint) / RAY).toBe(open.raise.amount)
      const gained = ((await admin.read(vat, 'dai', [keeper]))[0] as bigint) - before
      expect(gained / RAY).toBe(open.incentive?.amount)
      expect(gained).toBeGreaterThan(100n * RAD - 1n)
      await bed.anvil.rpc('evm_revert', [snap])
    }
    expect(await codes()).toContain('opens')
    const settings: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => admin.send(clip, 'file(bytes32,uint256)', [what('stopped'), 1n]), 'paused'],
      [() => admin.send(dog, 'file(bytes32,uint256)', [what('Hole'), 0n]), 'no-liquidity'],
      [() => admin.send(dog, 'file(bytes32,bytes32,uint256)', [ILK, what('hole'), 1n]), 'dust-rule'],
      [() => admin.send(dog, 'cage'), 'inactive'],
    ]
    for (const [change, code] of settings) {
      const snap = await bed.anvil.rpc('evm_snapshot', [])
      await change()
      expect(await codes()).toContain(code)
      await bed.anvil.rpc('evm_revert', [snap])
    }
    expect(vow.address).toBe(bed.market.contracts['vow'])
  }, 60_000)

  test('the scan names every unsafe vault and is certain of none that is safe', async () => {
    const state = await snapshot()
    let unsafe = 0
    for (let i = 0; i < 3_000; i++) {
      const spot = random.amount(1e20, 1e31)
      const rate = RAY + random.amount(1, 1e27)
      const art = random.amount(1e15, 1e25)
      const edge = (art * rate) / spot
      const ink = edge + BigInt(random.int(-2, 2))
      state.parameters = { ...state.parameters, spot, rate }
      state.urns.set('edge', { ink: ink > 0n ? ink : 1n, art })
      const { f64, tolerance, certain } = maker.weights(state, AT)
      const [row] = maker.rows(state, ['edge'])
      const sum = (weights: Float64Array, outward: bigint): number =>
        (row?.entries ?? []).reduce(
          (s, { slot, amount }) =>
            s + (Number(amount + (slot === 0 ? -outward : outward)) / 1e18) * (weights[slot] ?? NaN),
          0,
        )
      const { liquidatable } = maker.solvency(state, 'edge', AT)
      if (liquidatable) unsafe++
      const named = sum(f64, 1n) < tolerance
      const sure = certain !== undefined && sum(certain.f64, -1n) < -certain.tolerance
      if ((liquidatable && !named) || (sure && !liquidatable)) throw new Error(`seed ${String(SEED)} case ${String(i)}`)
    }
    expect(unsafe).toBeGreaterThan(500)
    state.parameters = { ...state.parameters, spot: 0n }
    expect(maker.solvency(state, 'edge', AT).liquidatable).toBe(false)
  })

  test('the Dog is vouched for by its code; damaged and foreign checkpoints are refused', async () => {
    const head = await bed.head()
    expect(await maker.verify(bed.reader, bed.market, head)).toEqual([])
    const unknown = { ...bed.market, implementationCodeHashes: [] }
    expect((await maker.verify(bed.reader, unknown, head)).map(({ code }) => code)).toEqual([
      ...['code-changed', 'code-changed'],
    ])
    const text = maker.save(await snapshot())
    for (const bad of [text.slice(1), text.replace('"format":2', '"format":9')])
      expect(() => maker.load(bed.market, bad)).toThrow(KeeperError)
    expect(() => maker.load({ ...bed.market, id: 'another' }, text)).toThrow(KeeperError)
  })

  test('health finds debt auctions that are switched off, in each way in which that is done', async () => {
    const { admin, vow, flopper, gov } = bed
    const reasons = async (): Promise<readonly string[]> =>
      (await flopHealth(bed.reader, bed.market, (await bed.head()).number)).reasons
    expect((await reasons()).length).toBeGreaterThan(2)
    await admin.send(vow, 'file', [what('sump'), 50_000n * RAD])
    await admin.send(vow, 'file', [what('dump'), 250n * WAD])
    await admin.send(flopper, 'set', [vow.address, 1n, 1n])
    await admin.send(gov, 'allow', [flopper.address])
    expect(await flopHealth(bed.reader, bed.market, (await bed.head()).number)).toEqual({ enabled: true, reasons: [] })
    const ways: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
      [() => admin.send(vow, 'file', [what('sump'), MAX_UINT256]), /sump/],
      [() => admin.send(vow, 'file', [what('dump'), 0n]), /dump/],
      [() => admin.send(flopper, 'set', [vow.address, 0n, 1n]), /obey/],
      [() => admin.send(flopper, 'set', [vow.address, 1n, 0n]), /Flopper is shut down/],
      [() => admin.send(gov, 'allow', [vow.address]), /mint/],
      [() => admin.send(vow, 'file', [what('live'), 0n]), /Vow is shut down/],
    ]
    for (const [change, reason] of ways) {
      const snap = await bed.anvil.rpc('evm_snapshot', [])
      await change()
      const said = await reasons()
      expect(said.length).toBe(1)
      expect(said[0]).toMatch(reason)
      await bed.anvil.rpc('evm_revert', [snap])
    }
  })

  test('upkeep: an entry is ripe at the end of its wait, and heal comes before the flops in one transaction', async () => {
    const { admin, vat, vow, accounts } = bed
    const [from] = accounts
    await admin.send(vow, 'file', [what('wait'), 100n])
    await admin.send(vat, 'suck', [vow.address, accounts[3] ?? from, 130_000n * RAD])
    await admin.send(vat, 'suck', [vow.address, vow.address, 7n])
    await admin.send(vow, 'fess', [20_000n * RAD])
    const era = (await bed.head()).timestamp
    const look = async () => readVow(bed.reader, bed.market, (await bed.head()).number)
    const reading = await look()
    expect(reading.books.dai).toBe(7n)
    expect([99n, 100n].map((seconds) => isRipe(era, reading.wait, era + seconds))).toEqual([false, true])
    const { to: queue, data: pop } = VOW.flog(vow.address, era)
    const upkeep = vowUpkeep(bed.market, reading, 5)
    // 130,000 and 7 units owed, 20,000 of it queued: two auctions of 50,000
    expect(upkeep.calls.length).toBe(3)
    expect([upkeep.healed, upkeep.auctioned]).toEqual([7n, 100_000n * RAD])
    const [heal, flop] = upkeep.calls
    const tryCall = (to: Hex | undefined, data: Hex | undefined): Promise<unknown> =>
      bed.anvil.rpc('eth_call', [{ from, to, data }, 'latest'])
    await expect(tryCall(flop?.to, flop?.data)).rejects.toThrow(/surplus-not-zero/)
    for (const { to, data } of [...upkeep.calls])
      await bed.anvil.rpc('eth_sendTransactionSync', [{ from, to, data, gas: '0x2dc6c0' }])
    const after = await look()
    expect([after.books.dai, after.books.onAuction]).toEqual([0n, 100_000n * RAD])
    expect(vowUpkeep(bed.market, after, 5).calls).toEqual([])
    expect(heal).toBeDefined()
    await bed.anvil.rpc('evm_increaseTime', [200])
    await bed.anvil.rpc('eth_sendTransactionSync', [{ from, to: queue, data: pop, gas: '0x2dc6c0' }])
    expect((await look()).books.queued).toBe(0n)
  })
})
