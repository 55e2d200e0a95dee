import type { Amounts, Plan } from '../../../src/domain/plan.js'
import type { PriceView } from '../../../src/domain/prices.js'
import { RAY, WAD, divCeil } from '../../../src/domain/maths.js'
import { Interface } from 'ethers'
import { CLIP_TAKER } from '../../../abis/maker.js'
import { statusOf, take } from '../../../strategies/maker/clip.js'
import { RAD, type Calc } from '../../../strategies/maker/maths.js'
import { encodeSale, salePlans } from '../../../strategies/maker/sale-plans.js'
import { MakerState, type MakerParameters, type RunningSale } from '../../../strategies/maker/state.js'
import { address } from '../../contracts/support/executor-bed.js'
import { Random } from '../../profit/support/random.js'

const SEED = 2_718
const CASES = 2_000
const TAKER = new Interface(CLIP_TAKER)
const random = new Random(SEED)

const calcs = (): readonly Calc[] => [
  { kind: 'linear', tau: BigInt(random.int(1_000, 20_000)) },
  { kind: 'stairstep', step: BigInt(random.int(1, 200)), cut: RAY - random.amount(1e23, 1e25) },
  { kind: 'exponential', cut: RAY - random.amount(1e21, 1e23) },
]

function parameters(): MakerParameters {
  return {
    ...{ calc: random.pick(calcs()), curve: address(1), curveKnown: true, live: true, stopped: 0n, mat: RAY, par: RAY },
    ...{ buf: RAY, tail: 9_000n, cusp: RAY / 5n, tip: 0n, chip: 0n, chost: random.amount(1, 2_000) * RAD },
    ...{ rate: RAY, spot: RAY, dust: 0n, chop: WAD, Hole: RAD, Dirt: 0n, hole: RAD, dirt: 0n },
  }
}

const sale = (): RunningSale => ({
  ...{ tab: random.amount(1e15, 1e24) * RAY, lot: random.amount(1e12, 1e22) },
  ...{ tic: 1_000n, top: random.amount(1e24, 1e31), usr: address(2) },
})

function stateWith(one: RunningSale, decimals: number): MakerState {
  const contracts = { taker: address(3), coin: address(4), collateral: address(5), clip: address(6) }
  const market = { id: 'm', strategy: 'maker', chainId: 1, deployBlock: 0, contracts, implementationCodeHashes: [] }
  const collateral = { address: address(5), symbol: 'C', decimals }
  const state = new MakerState(market, `0x${'1'.repeat(64)}`, parameters(), collateral)
  state.sales = new Map([[1n, one]])
  return state
}

const at = (timestamp: bigint): PriceView => ({ block: 0, timestamp, price: () => ({ value: 1n, source: 'round' }) })

/** What the call of a plan does in a block of that time, by the rules of the Clipper. */
function landed(state: MakerState, one: RunningSale, plan: Plan, amounts: Amounts, t: bigint) {
  const [step] = encodeSale(plan, amounts)
  const [, amt, max, pay] = TAKER.decodeFunctionData('take', step?.data ?? '0x').toArray() as bigint[]
  const taken = take(one, state.parameters, t, amt ?? 0n, max ?? 0n)
  return typeof taken === 'string' ? taken : { paid: divCeil(taken.owe, RAY), slice: taken.slice, pay: pay ?? 0n }
}

test(`planned for one block, an order that lands later pays no more for no less (seed ${String(SEED)})`, () => {
  const met = { plans: 0, later: 0, refused: 0, cut: 0 }
  for (let i = 0; i < CASES; i++) {
    const one = sale()
    const state = stateWith(one, random.pick([18, 8, 6]))
    const t = one.tic + BigInt(random.int(0, 7_000))
    const [choice] = salePlans(state, 1n, one, at(t))
    if (choice === undefined || !('at' in choice)) continue
    met.plans++
    const repay = random.pick([choice.maxRepay, random.amount(1, Number(choice.maxRepay)), choice.maxRepay - 1n])
    const amounts = choice.at(repay)
    if (!('seize' in amounts)) {
      met.refused++
      continue
    }
    const fail = (what: string): never => {
      throw new Error(`seed ${String(SEED)} case ${String(i)}: ${what}`)
    }
    if (amounts.repay > repay) fail('more is asked than was offered')
    if (amounts.repay + 1n < repay && repay < choice.maxRepay) met.cut++
    const unit = 10n ** BigInt(18 - state.collateral.decimals)
    const now = landed(state, one, choice, amounts, t)
    if (typeof now === 'string') return fail(now)
    if (now.paid !== amounts.repay || now.slice / unit !== amounts.seize) fail('it does not land as planned')
    const after = t + BigInt(random.int(1, 400))
    if (statusOf(one, state.parameters, after).needsRedo) continue
    const later = landed(state, one, choice, amounts, after)
    if (typeof later === 'string') return fail(`later: ${later}`)
    if (later.paid > now.paid || later.slice < now.slice || later.paid > later.pay) fail('later is worse')
    met.later++
  }
  process.stderr.write(`maker sales: ${JSON.stringify(met)}\n`)
  expect(met.plans).toBeGreaterThan(CASES / 2)
  expect(Math.min(met.later, met.refused, met.cut)).toBeGreaterThan(20)
})
