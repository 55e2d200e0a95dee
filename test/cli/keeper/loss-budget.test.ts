import { LossBudget } from '../../../src/cli/keeper/loss-budget.js'
import type { TrackedIntent } from '../../../src/execution/records.js'
import { someAttempt, someIntent } from '../../execution/support/records.js'
import { Random } from '../../profit/support/random.js'

const SEED = Number(process.env['TEST_SEED'] ?? 7)
const STEPS = 3_000
const BUDGET = 100n * 10n ** 8n
const DAY = '2026-11-21'
const MARKET = 'aave-v3-core'

/** An intent for one position whose attempts would lose so much each. */
function intentFor(position: string, losses: readonly bigint[], market = MARKET): TrackedIntent {
  const attempts = losses.map((loss) => {
    const attempt = someAttempt()
    const legs = attempt.opportunity.legs.map((leg) => ({ ...leg, market, position, realisesBase: 1n }))
    const figures = { gas: 1n, grossWei: loss < 0n ? -loss : 0n, gasCostWei: loss < 0n ? 0n : loss, bidWei: 0n }
    const opportunity = { ...attempt.opportunity, ...figures, legs, netWei: -loss, netUsd8: -loss }
    return { ...attempt, maxFeePerGas: 1n, opportunity }
  })
  return { intent: someIntent({ id: position }), attempts, outcome: null }
}

const budgetOf = (
  inFlight: () => readonly TrackedIntent[],
  landed: () => bigint,
  mode: 'profit' | 'backstop' = 'backstop',
  revertsAreCharged = false,
  unclear: () => readonly TrackedIntent[] = () => [],
) =>
  new LossBudget({
    ...{ settings: { mode, backstopDailyLossUsd8: BUDGET }, revertsAreCharged },
    submitter: { inFlight, unclear },
    ledger: { spentUsd8: () => landed() },
  })

const at = (position: string): ReadonlySet<string> => new Set([`${MARKET}/${position}`])

test('of an intent the dearest attempt counts, not at all for its own position, and gains count nothing', () => {
  const out = [intentFor('a', [10n, 30n, 20n]), intentFor('b', [-5n]), intentFor('c', [50n], 'other')]
  const budget = budgetOf(
    () => out,
    () => 40n,
  )
  expect(budget.leftUsd8(MARKET, DAY, new Set())).toBe(BUDGET - 70n)
  expect(budget.leftUsd8(MARKET, DAY, at('a'))).toBe(BUDGET - 40n)
})

test('of a gain counts only what the order insists on, of a revert that is charged nothing, and the fee for data on top', () => {
  const [gas, cost] = [1_000n, 100_000n]
  const figures = { gas, grossWei: 90_000n, gasCostWei: cost, bidWei: 0n, netWei: -10_000n, netUsd8: -10_000n }
  const most = (revertsAreCharged: boolean, changes: Partial<typeof figures & { dataWei: bigint }> = {}): bigint =>
    budgetOf(
      () => [],
      () => 0n,
      'backstop',
      revertsAreCharged,
    ).mostUsd8({ ...figures, ...changes }, 200n)
  expect(most(false)).toBe(200_000n - 81_000n)
  expect(most(true)).toBe(200_000n)
  expect(most(false, { dataWei: 30_000n })).toBe(230_000n - 81_000n)
  // what comes out about even tells the price of a coin to no digit, and may still cost a base fee that rises
  expect(most(false, { netWei: 19n, netUsd8: 1n })).toBe((119_000n * 2n) / 19n + 1n)
  for (const netWei of [0n, 3n])
    expect(most(false, { netWei, netUsd8: 0n })).toBeGreaterThan(netWei === 0n ? BUDGET : 39_000n)
})

test('what is gone from its nonce and has no receipt yet counts as what is in flight', () => {
  const nothing = (): readonly TrackedIntent[] => []
  const gone = [intentFor('a', [10n, 30n])]
  const budget = budgetOf(
    nothing,
    () => 0n,
    'backstop',
    false,
    () => gone,
  )
  // an offer for the same place has another nonce: both may have landed
  for (const places of [new Set<string>(), at('a')]) expect(budget.leftUsd8(MARKET, DAY, places)).toBe(BUDGET - 30n)
})

test('in profit mode there is none', () => {
  const budget = budgetOf(
    () => [],
    () => 0n,
    'profit',
  )
  expect(budget.leftUsd8(MARKET, DAY, new Set())).toBe(0n)
})

test('what is held is given back once, and of its market and day alone', () => {
  const budget = budgetOf(
    () => [],
    () => 0n,
  )
  const free = budget.hold(MARKET, DAY, 60n)
  expect(budget.leftUsd8(MARKET, DAY, new Set())).toBe(BUDGET - 60n)
  expect([budget.leftUsd8('other', DAY, new Set()), budget.leftUsd8(MARKET, '2026-11-22', new Set())]).toEqual([
    BUDGET,
    BUDGET,
  ])
  free()
  free()
  expect(budget.leftUsd8(MARKET, DAY, new Set())).toBe(BUDGET)
})

test(`offers, landings, expiries and restarts in any order never land more than the budget (seed ${SEED})`, () => {
  const random = new Random(SEED)
  let [landed, refused, done] = [0n, 0, 0]
  let out: TrackedIntent[] = []
  const open = (): LossBudget =>
    budgetOf(
      () => out,
      () => landed,
    )
  let budget = open()
  for (let step = 0; step < STEPS; step++) {
    const position = `p${random.int(0, 9)}`
    const what = random.next()
    if (what < 0.5) {
      const loss = random.amount(1e8, 4e9)
      const known = out.find(({ intent }) => intent.id === position)
      if (loss > budget.leftUsd8(MARKET, DAY, at(position))) refused++
      else if (known === undefined) out.push(intentFor(position, [loss]))
      else
        out = [
          ...out.filter((one) => one !== known),
          { ...known, attempts: [...known.attempts, ...intentFor(position, [loss]).attempts] },
        ]
    } else if (what < 0.75) {
      const [first, ...others] = out
      if (first === undefined) continue
      // whichever attempt it was
      landed -= random.pick(first.attempts).opportunity.netUsd8
      out = others
      done++
    } else if (what < 0.98) out = out.slice(1)
    else budget = open()
    if (landed > BUDGET) throw new Error(`seed ${SEED} step ${step}: ${landed} landed`)
    if (landed > (BUDGET * 95n) / 100n) landed = 0n
  }
  expect([refused > 100, done > 50]).toEqual([true, true])
})
