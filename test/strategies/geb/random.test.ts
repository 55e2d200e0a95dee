import { AbiCoder, encodeBytes32String } from 'ethers'
import type { Address, RawLog } from '../../../src/domain/chain.js'
import { RAY, WAD } from '../../../src/domain/maths.js'
import type { PriceView } from '../../../src/domain/prices.js'
import type { Delta } from '../../../src/domain/strategy.js'
import { geb } from '../../../strategies/geb/strategy.js'
import type { GebState } from '../../../strategies/geb/state.js'
import { Random } from '../aave-v3/support/random.js'
import { somebody, startGebBed, type GebBed } from './support/bed.js'

const SEED = 4_711
const ROUNDS = process.env['TEST_LONG'] === '1' ? 120 : 14
const ACTS_PER_ROUND = 6
const OWNERS = 10
const NO_PRICES: PriceView = { block: 0, timestamp: 0n, price: () => ({ value: 0n, source: 'round' }) }

let bed: GebBed
const owners: Address[] = []
let state: GebState
let read = 0
let deltas: Delta[] = []
const random = new Random(SEED)
const counts: Record<string, number> = {}

beforeAll(async () => {
  bed = await startGebBed({ liquidationQuantity: 3_000n * WAD * RAY })
  for (let i = 0; i < OWNERS; i++) owners.push(await somebody(bed, i))
  const head = await bed.head()
  state = await geb.snapshot(bed.reader, bed.market, head, () => undefined)
  read = head.number
}, 60_000)
afterAll(() => bed.stop())

const counted = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1)

/** The saved replica without the order of its SAFEs. */
function text(of: GebState): unknown {
  const json = JSON.parse(geb.save(of)) as { safes: unknown[][] }
  return { ...json, safes: json.safes.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)) }
}

const unsafe = (): Address | undefined =>
  [...geb.positions(state)].find((id) => geb.solvency(state, id, NO_PRICES).liquidatable) as Address | undefined

/** One act by somebody, as wild as the contracts allow; what they refuse is no act. */
async function act(): Promise<void> {
  const { geb: on, ground } = bed
  const owner = random.pick(owners)
  const wad = (most: number): bigint => (BigInt(random.below(1_000_000)) * BigInt(most) * WAD) / 1_000_000n + 1n
  const change = (collateral: bigint, debt: bigint) =>
    bed.send(on.safeEngine, 'modifySAFECollateralization', [on.cType, owner, owner, owner, collateral, debt], owner)
  const acts: Readonly<Record<string, () => Promise<void>>> = {
    open: () => bed.openSafe(owner, WAD + wad(1), 350n * WAD + wad(900)),
    repay: () => change(0n, -wad(300)),
    withdraw: () => change(-wad(1), 0n),
    price: () => bed.collateralAt(BigInt(300 + random.below(2_400))),
    // whom the replica takes to be unsafe, else anybody
    liquidate: async () => {
      await follow()
      await bed.liquidate(unsafe() ?? owner)
    },
    tax: async () => {
      const fee = AbiCoder.defaultAbiCoder().encode(['uint256'], [RAY + BigInt(random.below(1_000_000)) * 10n ** 12n])
      const param = [on.cType, encodeBytes32String('stabilityFee'), fee]
      await bed.send(on.taxCollector, 'modifyParameters(bytes32,bytes32,bytes)', param)
      await bed.send(on.taxCollector, 'taxSingle', [on.cType])
      await bed.pass(3_600n)
      await bed.send(on.taxCollector, 'taxSingle', [on.cType])
    },
    floor: async () => {
      const floor = AbiCoder.defaultAbiCoder().encode(['uint256'], [BigInt(100 + random.below(200)) * WAD * RAY])
      const param = [on.cType, encodeBytes32String('debtFloor'), floor]
      await bed.send(on.safeEngine, 'modifyParameters(bytes32,bytes32,bytes)', param, ground.admin.from)
    },
  }
  const what = random.pick([
    'open',
    'open',
    'open',
    'repay',
    'withdraw',
    'price',
    'price',
    'liquidate',
    'liquidate',
    'tax',
    'floor',
  ])
  try {
    await acts[what]?.()
    counted(what)
  } catch {
    counted('refused')
  }
}

/** Reads what came since, block by block, as the indexer does. */
async function follow(): Promise<void> {
  const head = await bed.head()
  const logs: RawLog[] = []
  for (const filter of geb.filters(state)) logs.push(...(await bed.reader.logs(filter, read + 1, head.number)))
  logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
  for (const log of logs) deltas.push(geb.reduce(state, log))
  if (geb.stale?.(state) === true && geb.refresh) deltas.push(await geb.refresh(bed.reader, state, head))
  read = head.number
}

/** The replica equals the chain, names what the contract lets be liquidated, and its scan misses none of it. */
async function compare(): Promise<void> {
  const head = await bed.head()
  expect(text(state)).toEqual(text(await geb.snapshot(bed.reader, bed.market, head, () => undefined)))
  const { f64, slots, tolerance } = geb.weights(state, NO_PRICES)
  for (const id of geb.positions(state)) {
    const { liquidatable } = geb.solvency(state, id, NO_PRICES)
    const [row] = geb.rows(state, [id])
    const sum = (row?.entries ?? []).reduce((total, { slot, amount }) => {
      const outward = slots[slot]?.kind === 'debt' ? amount + 1n : amount - 1n
      return total + (Number(outward) / Number(slots[slot]?.unit ?? 1n)) * (f64[slot] ?? 0)
    }, 0)
    counted(liquidatable ? 'unsafe' : 'safe')
    if (liquidatable && !(sum < tolerance)) throw new Error(`seed ${SEED}: the scan misses ${id}`)
    if (random.below(4) > 0) continue
    const opening = geb.opening?.(state, id)
    const tried = await bed.callAt(bed.geb.liquidationEngine, 'liquidateSAFE', [bed.geb.cType, id], head.timestamp + 1n)
    expect([id, opening !== undefined && !('code' in opening)]).toEqual([id, tried !== null])
    counted('asked')
  }
}

it(`the replica of GEB equals the contracts through random acts, restarts and reorgs (seed ${SEED})`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const before = { saved: geb.save(state), read, snapshot: await bed.anvil.rpc('evm_snapshot', []) }
    deltas = []
    for (let i = 0; i < ACTS_PER_ROUND; i++) {
      await act()
      if (random.chance(0.5)) await follow()
    }
    await follow()
    await compare()
    if (random.chance(0.35)) {
      await bed.anvil.rpc('evm_revert', [before.snapshot])
      for (const delta of deltas.reverse()) delta.undo()
      expect(geb.save(state)).toBe(before.saved)
      read = before.read
      counted('reorg')
    }
    if (random.chance(0.35)) {
      state = geb.load(bed.market, geb.save(state))
      counted('restart')
    }
  }
  for (const what of ['open', 'price', 'liquidate', 'tax', 'floor', 'repay', 'reorg', 'restart', 'unsafe', 'asked'])
    expect([what, (counts[what] ?? 0) > 0]).toEqual([what, true])
}, 240_000)
