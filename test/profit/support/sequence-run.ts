/**
 * A process of its own, on compiled code: `node sequence-run.js <v3.0|v3.6> <seed> <states> [<seed>:<scene>:<position> …]`.
 * Random prices over standing positions of the real market; what the optimiser nets of each is compared with fine grids over
 * one and two calls, and orders of several calls are executed. Single states of other seeds come after those.
 */
import { whole, type TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { AaveVersion } from '../../../src/devnet/aave/market.js'
import type { Address } from '../../../src/domain/chain.js'
import { bestLeg } from '../../../src/profit/best-leg.js'
import { combine } from '../../../src/profit/combine.js'
import { startOf } from '../../../src/profit/context.js'
import { wayOf } from '../../../src/profit/prepared-leg.js'
import { quotePrepared, wayOfSequence } from '../../../src/profit/prepared-sequence.js'
import { finished } from '../../../src/profit/in-pieces.js'
import { sequences } from '../../../src/profit/sequence.js'
import { address, startExecutorBed, type ExecutorBed } from '../../contracts/support/executor-bed.js'
import { KeeperBed, type Outlook } from './keeper-bed.js'
import { Random } from './random.js'
import { referenceOf } from './sequence-reference.js'

export interface SequenceReport {
  readonly states: number
  /** States in which more than one call was chosen, and those in which grid or ladder used two. */
  readonly several: number
  readonly pairs: number
  /** Of the states with several pairs, those that were quoted again on prepared ways. */
  readonly prepared: number
  readonly landed: number
  readonly failures: readonly string[]
}

type Amount = readonly [TokenSymbol, bigint]
interface Shape {
  readonly collateral: readonly Amount[]
  readonly debt: readonly Amount[]
  readonly eMode?: number
}

/** In dollars at opening prices, about; each under water somewhere in the range of the drawn prices. */
const SHAPES: readonly Shape[] = [
  { collateral: [['WETH', 10n]], debt: [['USDC', 19_000n]] },
  { collateral: [['WETH', 2n]], debt: [['USDT', 3_700n]] },
  { collateral: [['WBTC', 1n]], debt: [['USDC', 43_000n]] },
  { collateral: [['WBTC', 1n]], debt: [['WETH', 15n]] },
  {
    collateral: [
      ['WETH', 10n],
      ['WBTC', 1n],
    ],
    debt: [['USDC', 55_000n]],
  },
  {
    collateral: [['WETH', 6n]],
    debt: [
      ['USDC', 5_000n],
      ['USDT', 6_500n],
    ],
  },
  {
    collateral: [
      ['WETH', 8n],
      ['USDC', 4_000n],
    ],
    debt: [['USDT', 17_000n]],
  },
  { collateral: [['wstETH', 9n]], debt: [['DAI', 17_000n]] },
  { collateral: [['WETH', 120n]], debt: [['DAI', 220_000n]] },
  {
    collateral: [['WETH', 3n]],
    debt: [
      ['USDC', 3_000n],
      ['DAI', 2_500n],
    ],
  },
]

/** One state that is looked at again: which scene of a seed, and which of `SHAPES`. */
interface Pinned {
  readonly seed: number
  readonly scene: number
  readonly shape: number
}

async function main(
  version: AaveVersion,
  seed: number,
  wanted: number,
  pinned: readonly Pinned[],
): Promise<SequenceReport> {
  const bed = await startExecutorBed({ version })
  try {
    const users: Address[] = []
    for (const [i, shape] of SHAPES.entries()) users.push(await open(bed, address(0xa11ce00 + i), shape))
    return await run(bed, users, { random: new Random(seed), wanted, pinned })
  } finally {
    await bed.stop()
  }
}

async function open(bed: ExecutorBed, user: Address, shape: Shape): Promise<Address> {
  for (const [symbol, amount] of shape.collateral) await bed.supply(symbol, user, whole(symbol, amount))
  for (const [symbol, amount] of shape.debt) await bed.borrow(symbol, user, whole(symbol, amount))
  return user
}

interface Wanted {
  readonly random: Random
  readonly wanted: number
  readonly pinned: readonly Pinned[]
}

async function run(
  bed: ExecutorBed,
  users: readonly Address[],
  { random, wanted, pinned }: Wanted,
): Promise<SequenceReport> {
  const report = { states: 0, several: 0, pairs: 0, prepared: 0, landed: 0, failures: [] as string[] }
  const keeper = new KeeperBed(bed)
  for (let scene = 0; report.states < wanted && report.failures.length < 5; scene++)
    await look({ bed, keeper, report, wanted }, users, await drawn(bed, random), `scene ${scene}`)
  for (const { seed, scene, shape } of pinned) {
    const again = new Random(seed)
    for (let i = 0; i < scene; i++) await drawn(bed, again)
    const at = { bed, keeper, report, wanted: wanted + pinned.length }
    await look(at, users.slice(shape, shape + 1), await drawn(bed, again), `scene ${scene} of seed ${seed}`)
  }
  return report
}

interface Scene {
  readonly prices: Prices
  readonly gasPriceWei: bigint
}

const drawn = async (bed: ExecutorBed, random: Random): Promise<Scene> => ({
  prices: await pricesOf(bed, random),
  gasPriceWei: BigInt(Math.round(random.between(0.2, 30) * 1e9)),
})

interface Run {
  readonly bed: ExecutorBed
  readonly keeper: KeeperBed
  readonly report: { -readonly [K in keyof SequenceReport]: K extends 'failures' ? string[] : SequenceReport[K] }
  readonly wanted: number
}

/** What `users` are worth at these prices, compared; one of several calls is executed. The chain is then as it was. */
async function look(
  { bed, keeper, report, wanted }: Run,
  users: readonly Address[],
  { prices, gasPriceWei }: Scene,
  name: string,
): Promise<void> {
  const snapshot = await bed.anvil.rpc('evm_snapshot', [])
  await bed.moveMarket(prices)
  const outlook = await keeper.look({ minProfitUsd8: 1n }, gasPriceWei)
  let best: Address | null = null
  for (const user of users.filter((one) => outlook.plans(one).length > 0)) {
    if (report.states >= wanted) break
    const { opportunity } = outlook.combine([user])
    const { net, calls } = referenceOf(outlook, user)
    if (net === null) continue
    report.states++
    const legs = opportunity?.legs ?? []
    if (legs.length > 1) report.several++
    const pairs = new Set(legs.map(({ plan }) => `${plan.collateral.address}${plan.debt.address}`)).size
    if (pairs > 1) report.pairs++
    if (legs.length > 1) best = user
    const mine = opportunity?.netWei ?? 0n
    if (pairs > 1) {
      report.prepared++
      const again = preparedNet(outlook, user)
      if (again * 1_000n < mine * 999n)
        report.failures.push(`${name}, ${user}: ${again} on prepared ways, searched ${mine}`)
    }
    if (mine * 1_000n >= net * 999n) continue
    report.failures.push(`${name}, ${user}: ${mine} with ${legs.length} calls, reference ${net} with ${calls}`)
  }
  if (best !== null && (await landsExactly(bed, keeper, outlook, best, report.failures))) report.landed++
  await bed.anvil.rpc('evm_revert', [snapshot])
}

/** What a trigger would net that finds the position prepared at these very prices. */
function preparedNet({ plans, context, book }: Outlook, user: Address): bigint {
  const own = plans(user)
  const legs = own.flatMap((plan) => {
    const leg = bestLeg(plan, context, startOf(book))
    return 'parts' in leg ? [leg] : []
  })
  const sequence = wayOfSequence(finished(sequences(legs, context)), context)
  const ways = [...legs.map(wayOf), ...(sequence === null ? [] : [sequence])]
  const quote = quotePrepared({ market: own[0]?.market ?? '', position: user, plans: own }, ways, context, book)
  return combine([quote], context, book).opportunity?.netWei ?? 0n
}

type Prices = Parameters<ExecutorBed['moveMarket']>[0]

/** Everything falls by up to a quarter; stable coins stay within half a percent. */
async function pricesOf(bed: ExecutorBed, random: Random): Promise<Prices> {
  const fall = random.between(0.76, 0.97)
  const prices: Partial<Record<TokenSymbol, bigint>> = {}
  for (const symbol of ['WETH', 'WBTC', 'wstETH', 'USDT', 'DAI'] as const) {
    const stable = symbol === 'USDT' || symbol === 'DAI'
    const factor = stable ? random.between(0.995, 1.005) : fall * random.between(0.98, 1.02)
    prices[symbol] = BigInt(Math.round(Number(await bed.price(symbol)) * factor))
  }
  return prices as Prices
}

async function landsExactly(
  bed: ExecutorBed,
  keeper: KeeperBed,
  outlook: Outlook,
  user: Address,
  failures: string[],
): Promise<boolean> {
  const { opportunity } = outlook.combine([user])
  if (opportunity === null) return false
  await keeper.holdTime(outlook)
  const { executed } = await bed.land(opportunity.order)
  const exact = executed?.gross === opportunity.grossWei && executed.bid === opportunity.bidWei
  if (!exact) failures.push(`${user}: ${executed?.gross} executed, ${opportunity.grossWei} predicted`)
  return exact
}

if (require.main === module) {
  const [version = 'v3.6', seed = '1', states = '10', ...pins] = process.argv.slice(2)
  const pinned = pins.map((pin): Pinned => {
    const [of = 0, scene = 0, shape = 0] = pin.split(':').map(Number)
    return { seed: of, scene, shape }
  })
  main(version as AaveVersion, Number(seed), Number(states), pinned).then(
    (report) => {
      process.stdout.write(`${JSON.stringify(report)}\n`)
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exitCode = 1
    },
  )
}
