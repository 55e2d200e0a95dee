import type { AaveVersion } from '../../../../src/devnet/aave/market.js'
import type { Address, RawLog } from '../../../../src/domain/chain.js'
import { POOL } from '../../../../strategies/aave-v3/signatures.js'
import type { AaveState } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { wordAt } from '../../../../src/domain/abi-words.js'
import { AIMS, type Case, drawCase } from './draw.js'
import { ALL_THERE_IS, secondPair } from './judge-after.js'
import { judgeCase } from './judge-case.js'
import { Random } from './random.js'
import { openPositions } from './standing.js'
import { type Call, type SimulatedCall, type World, encode, simulate, startWorld } from './world.js'

/** The figures of one run, the last line on stdout. */
export interface PropertyReport {
  readonly version: string
  readonly seed: number
  readonly cases: number
  readonly positions: number
  readonly snapshotRequests: number
  readonly branches: Readonly<Record<string, number>>
  readonly differences: readonly string[]
  readonly seconds: number
}

const PER_REQUEST = 25
/** The drawn settings were refused by the configurator: no state to compare. */
const NOT_RUN = 'preparation reverted'

/**
 * Random states of standing positions against the real pool: node property-run.js <v3.0|v3.6> <seed> <cases>. Runs outside
 * jest, where big integers are slow.
 */
async function main(version: AaveVersion, seed: number, wanted: number): Promise<PropertyReport> {
  const started = performance.now()
  const world = await startWorld(version)
  try {
    const users = await openPositions(world, 110, seed)
    const head = await world.head()
    const before = world.requests()
    const state = await aaveV3.snapshot(world.reader, world.market, head, () => undefined)
    const snapshotRequests = world.requests() - before
    const ids = users.filter((user) => [...aaveV3.positions(state)].includes(user))
    const tally = await run(world, state, ids, head.timestamp, new Random(seed), wanted)
    const seconds = (performance.now() - started) / 1000
    return { version, seed, positions: ids.length, snapshotRequests, seconds, ...tally }
  } finally {
    await world.stop()
  }
}

async function run(
  world: World,
  state: AaveState,
  ids: readonly Address[],
  now: bigint,
  random: Random,
  wanted: number,
): Promise<Pick<PropertyReport, 'cases' | 'branches' | 'differences'>> {
  const branches: Record<string, number> = {}
  const differences: string[] = []
  const saved = aaveV3.save(state)
  let cases = 0
  let drawnSoFar = 0
  while (cases < wanted && differences.length < 5) {
    const drawn: Case[] = []
    while (drawn.length < PER_REQUEST) {
      const one = drawCase(world, state, ids, now, AIMS[(drawnSoFar + drawn.length) % AIMS.length] ?? 'half', random)
      if (one !== null) drawn.push(one)
    }
    const results = await simulate(
      world.bed.anvil.rpcUrl,
      drawn.map((one) => ({ timestamp: one.timestamp, calls: callsOf(world, state, one) })),
    )
    for (const [i, one] of drawn.entries()) {
      const verdict = settle(world, state, one, results[i] ?? [])
      for (const name of verdict.branches) branches[name] = (branches[name] ?? 0) + 1
      for (const text of verdict.differences)
        differences.push(`case ${String(drawnSoFar)} (${one.aim}, ${one.id}): ${text}`)
      drawnSoFar++
      if (!verdict.branches.includes(NOT_RUN)) cases++
    }
    if (drawnSoFar % 500 === 0 && aaveV3.save(state) !== saved)
      differences.push(`case ${String(drawnSoFar)}: undo did not restore the state`)
  }
  return { cases, branches, differences }
}

function callsOf({ bed, market }: World, state: AaveState, one: Case): Call[] {
  const { admin, market: aave } = bed
  const assets = [...aave.listed].map((symbol) => bed.tokens[symbol].address)
  const pool = aave.pool.address
  const [collateral, debt] = secondPair(state, one)
  return [
    ...one.before,
    { from: admin.from, to: aave.oracle.address, data: encode(aave.oracle, 'getAssetsPrices', [assets]) },
    { from: admin.from, ...POOL.getUserAccountData(market.contracts['pool'] ?? pool, one.id) },
    {
      from: admin.from,
      ...POOL.liquidationCall(pool, one.collateral.asset, one.debt.asset, one.id, one.debtToCover, 0),
    },
    { from: admin.from, ...POOL.getUserAccountData(pool, one.id) },
    { from: admin.from, ...POOL.liquidationCall(pool, collateral.asset, debt.asset, one.id, ALL_THERE_IS, 0) },
  ]
}

/** Reduces what the preparation emitted, compares, and undoes it again. */
function settle(
  world: World,
  state: AaveState,
  one: Case,
  results: readonly SimulatedCall[],
): ReturnType<typeof judgeCase> {
  const [prices, account, call, accountThen, callThen] = results.slice(-5)
  if (!prices || !account || !call || !accountThen || !callThen) return { branches: [], differences: ['no answer'] }
  const prepared = results.slice(0, -5)
  if (prepared.some(({ ok }) => !ok)) return { branches: [NOT_RUN], differences: [] }
  const logs: RawLog[] = prepared.flatMap((result) => [...result.logs])
  const deltas = logs.map((log) => aaveV3.reduce(state, log))
  const read = new Map(
    world.bed.market.listed.map((symbol, i) => [world.bed.tokens[symbol].address, wordAt(prices.data, 2 + i)]),
  )
  try {
    return judgeCase(state, one, read, [account, call], [accountThen, callThen])
  } finally {
    for (const delta of deltas.reverse()) delta.undo()
  }
}

if (require.main === module) {
  const [version = 'v3.6', seed = '1', cases = '2000'] = process.argv.slice(2)
  main(version as AaveVersion, Number(seed), Number(cases)).then(
    (report) => {
      process.stdout.write(`${JSON.stringify(report)}\n`)
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exitCode = 1
    },
  )
}
