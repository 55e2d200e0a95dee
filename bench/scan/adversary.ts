import { type ExactSlot, Sums, exactSlots } from './exact.js'
import { type BenchMarket, RESERVES, debtSlot, makeMarket } from './market.js'
import { type Population, PopulationWriter } from './population.js'
import { Random } from './random.js'

const RAY_DIGITS = 10n ** 27n
const MOST = 2n ** 128n - 1n

/** A market of extremes: 0 to 18 decimals, prices from one base unit to a million dollars, thresholds from one basis point. */
function extremeMarket(random: Random): BenchMarket {
  const plain = makeMarket()
  const decimals = plain.decimals.map(() => random.below(19))
  const ray = (): bigint => RAY_DIGITS + (RAY_DIGITS * BigInt(random.next())) / 2n ** 31n + BigInt(random.next())
  return {
    decimals,
    units: decimals.map((d) => 10n ** BigInt(d)),
    slots: plain.slots.map((slot) => (slot.debt ? slot : { ...slot, threshold: BigInt(1 + random.below(9_900)) })),
    price: plain.price.map(() => BigInt(Math.floor(Math.exp(random.between(0, 32))))),
    liquidityIndex: plain.liquidityIndex.map(ray),
    borrowIndex: plain.borrowIndex.map(ray),
  }
}

/** An integer of 1 to `bits` bits, every length equally likely. */
function anyInteger(random: Random, bits: number): bigint {
  const length = 1 + random.below(bits)
  let value = 0n
  for (let have = 0; have < length; have += 32) value = (value << 32n) | BigInt(random.next())
  return (value & ((1n << BigInt(length)) - 1n)) | (1n << BigInt(length - 1))
}

/** The scaled debt worth `base`, give or take a few of its smallest units. */
function tuned(slot: ExactSlot, base: bigint, random: Random): bigint {
  return (base * slot.unit * RAY_DIGITS) / (slot.price * slot.index) + BigInt(random.below(7) - 3)
}

/** Entries whose health factor is one, up to a few wei of the last debt; null where that debt would not fit 128 bits. */
function nearOne(
  random: Random,
  slots: readonly ExactSlot[],
  collateralSlots: readonly number[],
): [number, bigint][] | null {
  const sums = new Sums()
  const entries: [number, bigint][] = []
  const add = (slot: number, scaled: bigint): void => {
    const spec = slots[slot]
    if (spec === undefined) return
    sums.add(spec, scaled)
    entries.push([slot, scaled])
  }
  const first = random.below(collateralSlots.length)
  for (let i = 1 + random.below(4); i > 0; i--)
    add(collateralSlots[(first + 17 * i) % collateralSlots.length] ?? 0, anyInteger(random, 128))
  const debts = 1 + random.below(3)
  const borrowed = random.below(RESERVES)
  for (let i = 0; i < debts; i++) {
    const slot = debtSlot((borrowed + 7 * i) % RESERVES)
    const spec = slots[slot]
    if (spec === undefined) return null
    const left = sums.weighted / 10_000n - sums.debt
    const scaled = i < debts - 1 ? tuned(spec, left / 4n, random) : tuned(spec, left, random)
    if (scaled < 1n || scaled > MOST) return null
    add(slot, scaled)
  }
  return entries
}

/** `size` positions within a few wei of a health factor of one, balances to 2^128: about half of them are below. */
export function makeAdversary(size: number, seed: number): { market: BenchMarket; people: Population } {
  const random = new Random(seed)
  const market = extremeMarket(random)
  const slots = exactSlots(market)
  const collateralSlots = slots.flatMap(({ debt }, slot) => (debt ? [] : [slot]))
  const out = new PopulationWriter(size)
  for (let i = 0; i < size;) {
    const entries = nearOne(random, slots, collateralSlots)
    if (entries === null) continue
    for (const [slot, scaled] of entries) out.entry(slot, scaled)
    out.endPosition(i++)
  }
  return { market, people: out.done() }
}
