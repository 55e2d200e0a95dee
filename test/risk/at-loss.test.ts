import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { silentLogger } from '../../src/domain/ports.js'
import { atLoss, completePosition } from '../../src/profit/complete.js'
import { combine, quotePosition } from '../../src/profit/combine.js'
import type { Circumstances } from '../../src/risk/circumstances.js'
import { RiskGate } from '../../src/risk/risk-gate.js'
import { H } from '../execution/support/records.js'
import { opportunityFor } from '../execution/support/keeper.js'
import { Random } from '../profit/support/random.js'
import { randomScene } from '../profit/support/synthetic.js'

const SEED = Number(process.env['TEST_SEED'] ?? 41)
const CASES = 4_000
const SCENES = 60
const GWEI = 10n ** 9n

const head = {
  ...{ number: 100, hash: H('1'), parentHash: H('2'), timestamp: 1_800_000_000n },
  ...{ baseFeePerGas: GWEI, gasLimit: 30_000_000n, gasUsed: 15_000_000n },
}
const circumstances: Circumstances = {
  ...{ nowMs: 1_800_000_000_000, head, headReceivedAtMs: 1_800_000_000_000, clockIsOurs: true },
  ...{ operatorBalanceWei: 10n ** 20n, gasLimit: 1_000_000n, maxFeePerGas: 10n * GWEI, gasPriceWei: GWEI },
  ...{ dataFeeWei: 0n, revertsAreCharged: false },
}
const limits = {
  ...{ maxDailyLossUsd8: 10n ** 14n, maxConsecutiveReverts: 3, maxHeadAgeMs: 10_000, minOperatorWei: 0n },
  ...{ maxExposureUsd8: 10n ** 20n, maxExitShortfallBps: 10_000, maxFeeShareBps: 9_500, maxGasPriceWei: null },
}

describe(`what is expected to lose (seed ${SEED})`, () => {
  let dir = ''
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'at-loss-'))))
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  const random = new Random(SEED)
  const some = (): Opportunity => {
    const [grossWei, gasCostWei, bidWei] = [random.amount(1, 1e17), random.amount(1, 1e17), random.amount(1, 1e17)]
    const netWei = grossWei - gasCostWei - bidWei
    const said = random.next() < 0.5 ? { atLoss: true as const } : {}
    return opportunityFor('p1', head, { grossWei, gasCostWei, bidWei, netWei, netUsd8: netWei / 5_000_000n, ...said })
  }

  it.each([false, true])(
    'passes the gate in backstop mode alone, and only when it says so; reverts charged: %s',
    (revertsAreCharged) => {
      const at = { ...circumstances, revertsAreCharged }
      const [profit, backstop] = [limits, { ...limits, mayLose: true }].map(
        (own) => new RiskGate({ dataDir: dir, limits: own, logger: silentLogger }),
      )
      const counted = { losing: 0, passed: 0 }
      for (let i = 0; i < CASES; i++) {
        const one = some()
        const loses = one.netWei < 0n
        if (loses) expect(profit?.ask(one, at)?.code).toBeDefined()
        const refusal = backstop?.ask(one, at) ?? null
        if (loses && refusal === null) expect(one.atLoss).toBe(true)
        if (loses) counted.losing++
        if (loses && refusal === null) counted.passed++
      }
      expect(counted.losing).toBeGreaterThan(CASES / 4)
      expect(counted.passed).toBeGreaterThan(CASES / 10)
    },
  )

  it('is never what profit mode makes of a position; what backstop mode makes of it still gains at the pools', () => {
    const counted = { refused: 0, completed: 0 }
    for (let i = 0; i < SCENES; i++) {
      const { plan, book, context: usual } = randomScene(random)
      // gas from cheap to more than any gain
      const context = { ...usual, gasPriceWei: random.amount(1e9, 1e15) }
      const earned = combine([quotePosition(plan.market, plan.position, [plan], context, book)], context, book)
      if (earned.opportunity !== null) expect(earned.opportunity.netWei).toBeGreaterThan(0n)
      if (earned.opportunity !== null) continue
      counted.refused++
      const lost = atLoss(context)
      const whole = completePosition({ market: plan.market, position: plan.position, plans: [plan] }, lost, book)
      const { opportunity } = combine([whole], lost, book)
      if (opportunity === null) continue
      counted.completed++
      const { grossWei, gasCostWei, bidWei, netWei, order, legs } = opportunity
      expect([opportunity.atLoss, netWei]).toEqual([true, grossWei - gasCostWei - bidWei])
      expect([order.bidBps, order.minBidWei]).toEqual([0, 0n])
      const gross = legs.reduce((sum, leg) => sum + leg.gross, 0n)
      expect(gross).toBeGreaterThan(0n)
      expect(order.minProfit).toBe((gross * 9n) / 10n || 1n)
      expect(legs.every(({ realisesBase = 0n }) => realisesBase > 0n)).toBe(true)
      // all that is legal, no less
      expect(legs.reduce((sum, { amounts }) => sum + amounts.repay, 0n)).toBe(plan.maxRepay)
    }
    expect(counted.completed).toBeGreaterThan(SCENES / 10)
    process.stderr.write(
      `at a loss: ${counted.completed} of ${counted.refused} positions that do not pay were completed\n`,
    )
  })
})
