import { whole, type TokenSymbol } from '../../src/devnet/catalogue.js'
import { gasForAttempts, groupsOf } from '../../src/domain/attempts.js'
import type { Address } from '../../src/domain/chain.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import type { VenueConfig } from '../../src/config/venues.js'
import { giveEther } from '../../src/devnet/tokens.js'
import { deployMorpho } from '../contracts/support/morpho.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../contracts/support/executor-bed.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { decodeFailed } from '../../src/execution/executor/events.js'
import { LEG_BYTES, ORDER_BYTES } from '../../src/profit/data-fee/data-fee.js'
import { batchOf } from '../../src/profit/batch.js'
import { bestLeg } from '../../src/profit/best-leg.js'
import { startOf } from '../../src/profit/context.js'
import { opportunityOf, reprice } from '../../src/profit/order.js'
import { bestSequence } from '../../src/profit/sequence.js'
import { KeeperBed, type Outlook } from './support/keeper-bed.js'
import { openRarePool } from './support/rare-pool.js'
import { deployUniswapV4 } from './support/uniswap-v4.js'

type Amount = readonly [TokenSymbol, bigint]

/** Under water after `FALL`, and with tether at 1.03. */
const SHAPES: readonly { name: string; collateral: readonly Amount[]; debt: readonly Amount[]; eMode?: number }[] = [
  { name: 'ether, USDC', collateral: [['WETH', 10n]], debt: [['USDC', 19_000n]] },
  { name: 'ether, USDT', collateral: [['WETH', 40n]], debt: [['USDT', 70_000n]] },
  { name: 'bitcoin, USDC: two pools', collateral: [['WBTC', 2n]], debt: [['USDC', 60_000n]] },
  { name: 'bitcoin, ether', collateral: [['WBTC', 1n]], debt: [['WETH', 17n]] },
  { name: 'staked ether, DAI: three pools', collateral: [['wstETH', 9n]], debt: [['DAI', 17_000n]] },
  { name: 'ether, DAI: two pools', collateral: [['WETH', 10n]], debt: [['DAI', 19_000n]] },
  { name: 'stable carry', collateral: [['USDC', 20_000n]], debt: [['USDT', 18_500n]], eMode: 2 },
  {
    name: 'ether on both sides',
    collateral: [['WETH', 4n]],
    debt: [
      ['WETH', 1n],
      ['USDC', 5_300n],
    ],
  },
  {
    name: 'ether for ether: flash loan',
    collateral: [['WETH', 10n]],
    debt: [
      ['WETH', 7n],
      ['USDC', 2_550n],
    ],
  },
  { name: 'small, full repayment', collateral: [['WETH', 1n]], debt: [['USDC', 1_700n]] },
  { name: 'far under water', collateral: [['WBTC', 1n]], debt: [['USDT', 43_000n]] },
]
const FALL = { WETH: 1_900_00000000n, WBTC: 38_000_00000000n, wstETH: 2_242_00000000n } as const

const userOf = (i: number): Address => address(0xa11ce00 + i)
const named = (name: string): Address => userOf(SHAPES.findIndex((shape) => shape.name === name))

async function open(bed: ExecutorBed, user: Address, shape: (typeof SHAPES)[number]): Promise<void> {
  for (const [symbol, amount] of shape.collateral) await bed.supply(symbol, user, whole(symbol, amount))
  if (shape.eMode !== undefined) await bed.setEMode(user, shape.eMode)
  for (const [symbol, amount] of shape.debt) await bed.borrow(symbol, user, whole(symbol, amount))
}

describe('from a position under water to profit on chain', () => {
  let bed: ExecutorBed
  let keeper: KeeperBed
  let fallen: Outlook
  let outlook: Outlook

  beforeAll(async () => {
    bed = await startExecutorBed()
    for (const [i, shape] of SHAPES.entries()) await open(bed, userOf(i), shape)
    await bed.moveMarket({ ...FALL, USDT: 1_03000000n })
    keeper = new KeeperBed(bed)
    fallen = await keeper.look()
  }, 60_000)
  beforeEach(() => {
    outlook = fallen
  })
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  /** Executes at the planned block, time and prices; everything must come out to the wei. */
  async function landExactly(opportunity: Opportunity): Promise<bigint> {
    await keeper.holdTime(outlook)
    const before = await bed.balance(opportunity.profitToken, bed.payout)
    const { executed, gasUsed } = await bed.land(opportunity.order)
    const gain = (await bed.balance(opportunity.profitToken, bed.payout)) - before
    expect([executed?.gross, executed?.bid]).toEqual([opportunity.grossWei, opportunity.bidWei])
    expect(gain).toBe(opportunity.grossWei - opportunity.bidWei)
    return BigInt(gasUsed)
  }

  it.each(SHAPES.map((shape, i) => [shape.name, i] as const))('%s', async (name, i) => {
    const { opportunity, refusals } = outlook.combine([userOf(i)])
    if (opportunity === null) throw new Error(`${name}: ${JSON.stringify(refusals)}`)
    const gas = await landExactly(opportunity)
    const [leg] = opportunity.legs
    const usd = (Number(opportunity.netUsd8) / 1e8).toFixed(2)
    process.stdout.write(`${name}: ${leg?.route}; nets $${usd}, gas ${gas} of ${opportunity.gas} estimated\n`)
    expect(Number(opportunity.gas) / Number(gas)).toBeGreaterThan(0.85)
    expect(Number(opportunity.gas) / Number(gas)).toBeLessThan(1.3)
  })

  it('still lands blocks later, when interest has run, and pays at least the minimum', async () => {
    for (const [i, { name }] of SHAPES.entries()) {
      const snapshot = await bed.anvil.rpc('evm_snapshot', [])
      const { opportunity } = outlook.combine([userOf(i)])
      if (opportunity === null) throw new Error(`${name} is not taken`)
      await bed.anvil.rpc('anvil_mine', ['0x4', '0x30'])
      const { executed } = await bed.land(opportunity.order)
      if (executed === null) throw new Error(`${name} did nothing`)
      expect(executed.gross).toBeGreaterThanOrEqual((opportunity.grossWei * 999n) / 1000n)
      await bed.anvil.rpc('evm_revert', [snapshot])
    }
  })

  it('follows a measured gas figure with bid and minimum', async () => {
    const { opportunity } = outlook.combine([userOf(1)])
    if (opportunity === null) throw new Error('nothing to take')
    const measured = reprice(opportunity, (opportunity.gas * 19n) / 20n, outlook.context)
    if (!('order' in measured)) throw new Error(measured.detail)
    const less = opportunity.gasCostWei - measured.gasCostWei
    expect(less).toBe((opportunity.gas - (opportunity.gas * 19n) / 20n) * outlook.context.gasPriceWei)
    expect(measured.order.minProfit).toBe(opportunity.order.minProfit - less)
    // a simulator that claims next to nothing is not believed
    const liar = reprice(opportunity, 1n, outlook.context)
    expect('order' in liar && liar.gas).toBe((opportunity.gas * 9n + 9n) / 10n)
    await landExactly(measured)
    expect(reprice(opportunity, 10_000_000_000n, outlook.context)).toMatchObject({ code: 'below-min-profit' })
  })

  it("takes the rollup's charge for the data into cost, minimum and refusal; no order is longer than was assumed", () => {
    const { opportunity } = outlook.combine([userOf(1)])
    if (opportunity === null) throw new Error('nothing to take')
    const at = (wei: bigint): ReturnType<typeof reprice> =>
      reprice(opportunity, opportunity.gas, {
        ...outlook.context,
        data: {
          estimate: () => ({ wei: 0n, gas: 0n }),
          of: () => ({ wei, gas: 70_000n }),
          ofCall: () => ({ wei, gas: 70_000n }),
        },
      })
    const charged = at(10n ** 12n)
    if (!('order' in charged)) throw new Error(charged.detail)
    expect(charged.gasCostWei - opportunity.gasCostWei).toBe(10n ** 12n)
    expect(charged.order.minProfit - opportunity.order.minProfit).toBe(10n ** 12n)
    expect(charged.dataGas).toBe(70_000n)
    expect(at(opportunity.grossWei)).toMatchObject({ code: 'below-min-profit' })
    for (const [i] of SHAPES.entries()) {
      const one = outlook.combine([userOf(i)]).opportunity
      if (one === null) continue
      const most = ORDER_BYTES + LEG_BYTES * one.legs.length
      expect((encodeOrder(one.order).length - 2) / 2).toBeLessThanOrEqual(most)
    }
  })

  it('buys only what is owed where the collateral is the profit and the tolerance costs little', async () => {
    outlook = await keeper.look({ toleranceBps: 1 })
    const { opportunity } = outlook.combine([named('ether, DAI: two pools')])
    if (opportunity === null) throw new Error('nothing to take')
    expect(opportunity.order.steps).toMatchObject([{ kind: 'flashSwap', body: [{ kind: 'flashSwap' }] }])
    await landExactly(opportunity)
  })

  it('takes several positions in one transaction, each quoted behind those before it', async () => {
    const users = SHAPES.map((_, i) => userOf(i))
    const { opportunity, refusals } = outlook.combine(users)
    if (opportunity === null) throw new Error(JSON.stringify(refusals))
    const taken = [...new Set(opportunity.legs.map((leg) => leg.position as Address))]
    expect(taken.length + refusals.length).toBe(users.length)
    expect(taken.length).toBeGreaterThan(4)
    const alone = taken.map((position) => outlook.combine([position]).opportunity)
    const sum = alone.reduce((total, o) => total + (o?.netWei ?? 0n), 0n)
    const gas = await landExactly(opportunity)
    process.stdout.write(`together: ${opportunity.legs.length} legs, gas ${gas} of ${opportunity.gas} estimated\n`)
    expect(opportunity.gas).toBeLessThan(alone.reduce((total, o) => total + (o?.gas ?? 0n), 0n))
    process.stdout.write(`net together ${opportunity.netWei}, alone at untouched pools ${sum}\n`)
    expect(outlook.combine([...users].reverse()).opportunity?.id).toBe(opportunity.id)
  })

  it('lands without any one of them, whose position is healthy again, and with all the others', async () => {
    const { opportunity } = outlook.combine(SHAPES.map((_, i) => userOf(i)))
    if (opportunity === null) throw new Error('nothing to take')
    const groups = groupsOf(opportunity.legs)
    const attempts = opportunity.order.steps.filter((step) => step.kind === 'attempt')
    expect([groups.length > 4, attempts.length]).toEqual([true, groups.length])
    const limit = gasForAttempts(opportunity)
    for (const [i, group] of groups.entries()) {
      const snapshot = await bed.anvil.rpc('evm_snapshot', [])
      // however long the tests before took: nothing may be mined after the planned second
      await keeper.holdTime(outlook, 11)
      for (const { position } of group) await bed.supply('WETH', position as Address, whole('WETH', 100n))
      await keeper.holdTime(outlook)
      const { executed, gasUsed, logs } = await bed.land(opportunity.order)
      expect(logs.flatMap((log) => (log.address === bed.executor.address ? (decodeFailed(log) ?? []) : []))).toEqual([
        i,
      ])
      const others = groups.flatMap((other) => (other === group ? [] : other))
      const gross = others.reduce((sum, leg) => sum + leg.gross, 0n)
      // the pools that it would have moved are only better for those behind it
      expect(executed?.gross).toBeGreaterThanOrEqual((gross * 999n) / 1000n)
      expect(BigInt(gasUsed)).toBeLessThan(opportunity.gas)
      expect(limit).toBeGreaterThan(opportunity.gas)
      await bed.anvil.rpc('evm_revert', [snapshot])
    }
  })

  it.each([
    ['uniswapV4', 'uniswapV4'],
    ['uniswapV4', 'uniswapV4Native'],
    ['morpho', 'morpho'],
  ] as const)('borrows for nothing what %s holds of the debt token: %s', async (kind, via) => {
    const paid = outlook.combine([named('ether for ether: flash loan')]).opportunity
    const lender = kind === 'morpho' ? await deployMorpho(bed.admin) : (await deployUniswapV4(bed.admin)).manager
    // of ether there is more, but wrapping it costs gas
    if (kind === 'uniswapV4') await giveEther(bed.admin, lender.address, whole('WETH', 200n))
    if (via !== 'uniswapV4Native') await bed.mint('WETH', lender.address, whole('WETH', 100n))
    await bed.administer(kind === 'morpho' ? 'setLender' : 'setFactory', [lender.address, true])
    const shapes = [{ fee: 500, tickSpacing: 10 }]
    const venue: VenueConfig =
      kind === 'morpho'
        ? { kind, name: kind, address: lender.address }
        : { kind, name: kind, manager: lender.address, shapes }
    outlook = await new KeeperBed(bed, [venue]).look()
    const { opportunity } = outlook.combine([named('ether for ether: flash loan')])
    if (opportunity === null || paid === null) throw new Error('nothing to take')
    expect(opportunity.legs[0]?.route).toContain('for nothing')
    expect(opportunity.order.steps[0]).toMatchObject({ kind: 'flashLoan', via })
    expect(opportunity.netWei).toBeGreaterThan(paid.netWei)
    const gas = await landExactly(opportunity)
    const said = `nets ${opportunity.netWei}, gas ${gas} of ${opportunity.gas}; at a premium ${paid.netWei}`
    process.stdout.write(`lent by ${via}: ${said}\n`)
    expect(Number(opportunity.gas) / Number(gas)).toBeGreaterThan(0.85)
    expect(Number(opportunity.gas) / Number(gas)).toBeLessThan(1.3)
  })

  it('sells for two positions in one exit where that nets more', async () => {
    const [one, two] = [named('ether, USDC'), named('small, full repayment')]
    const { leg } = outlook.quote(one)
    if (leg === null) throw new Error('nothing to take')
    const behind = bestSequence(outlook.plans(two), [], outlook.context, { ...leg.after, known: new Map() }).legs
    const apart = opportunityOf([leg, ...behind], outlook.context)
    const { opportunity } = outlook.combine([one, two])
    if (opportunity === null || !('order' in apart) || behind.length === 0) throw new Error('nothing to compare')
    expect(opportunity.netWei).toBeGreaterThan(apart.netWei)
    const [step, ...more] = opportunity.order.steps
    expect(step?.kind === 'flashSwap' && step.body.map(({ kind }) => kind)).toEqual(['call', 'call'])
    expect(more).toEqual([])
    process.stdout.write(`one exit for two nets ${opportunity.netWei}, two exits ${apart.netWei}\n`)
    await landExactly(opportunity)
  })

  it('liquidates one position twice where the first call leaves it liquidatable', async () => {
    const { opportunity } = outlook.combine([named('bitcoin, USDC: two pools')])
    const [first, second, ...more] = opportunity?.legs ?? []
    if (!opportunity || !first || !second) throw new Error('one call only')
    expect(more).toEqual([])
    expect(first.amounts.repay).toBeLessThan(first.plan.maxRepay)
    expect(second.plan.healthFactor).toBeLessThan(10n ** 18n)
    // with bundles a late order reverts for nothing; where that is charged it looks first, also with two calls on one position
    expect(opportunity.order.check).toBeNull()
    const chain = { ...outlook.context.chain, submission: 'sequencer' } as const
    const charged = reprice(opportunity, opportunity.gas, { ...outlook.context, chain })
    expect('order' in charged && charged.order.check).not.toBeNull()
    const once = bestLeg(batchOf(first.plan, 1), outlook.context, startOf(outlook.book))
    expect('parts' in once && once.netWei).toBeLessThan(opportunity.netWei)
    await landExactly(opportunity)
  })

  describe('a collateral that is hard to sell', () => {
    const user = address(0x7a7e)
    beforeEach(async () => {
      await open(bed, user, { name: 'rare', collateral: [['RARE', 10_000n]], debt: [['USDC', 45_000n]] })
      await bed.setPrice('RARE', 7_40000000n)
    })

    it('is refused where no pool takes it', async () => {
      outlook = await keeper.look()
      expect(outlook.combine([user]).refusals).toMatchObject([{ code: 'no-route', position: user }])
    })

    it('is sold in the size that the exit carries', async () => {
      await openRarePool(bed, 60_000)
      outlook = await new KeeperBed(bed).look()
      const { opportunity } = outlook.combine([user])
      const [leg] = opportunity?.legs ?? []
      if (!opportunity || !leg) throw new Error('nothing to take')
      expect(leg.amounts.repay).toBeLessThan(leg.plan.maxRepay / 4n)
      expect(leg.exitShortfallBps).toBeGreaterThan(100)
      await landExactly(opportunity)
    })

    it('is refused where the depth is not worth the gas', async () => {
      await openRarePool(bed, 300)
      outlook = await new KeeperBed(bed).look()
      expect(outlook.combine([user]).refusals).toMatchObject([{ code: 'no-exit', position: user }])
    })
  })

  it('lets a position ride along that would not pay a transaction of its own', async () => {
    const users = SHAPES.map((_, i) => userOf(i))
    const { grossWei = 0n, gas = 1n } = outlook.combine([named('small, full repayment')]).opportunity ?? {}
    const least = 3n * 10n ** 15n // more than $5
    const dear = await keeper.look({ bidBps: 0 }, ((grossWei - least) * 110n) / (gas * 100n))
    const together = dear.combine(users).opportunity?.legs.map((leg) => leg.position) ?? []
    const riders = together.filter((position) => dear.combine([position as Address]).opportunity === null)
    expect(riders.length).toBeGreaterThan(0)
  })

  it('refuses with a figure what pays too little or costs too much', async () => {
    const dear = await keeper.look({ minProfitUsd8: 1_000_000_00000000n })
    expect(dear.combine([userOf(0)]).refusals).toMatchObject([
      { code: 'below-min-profit', position: userOf(0), figure: expect.stringMatching(/^\d+$/) as string },
    ])
    const shared = await keeper.look({ maxFeeShareBps: 10, minProfitUsd8: 1n })
    expect(shared.combine([userOf(0)]).refusals).toMatchObject([{ code: 'fee-share' }])
  })
})
