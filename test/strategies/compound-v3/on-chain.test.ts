import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interface } from 'ethers'
import { COMET_ERRORS } from '../../../abis/compound-v3.js'
import type { StoreFrontRow } from '../../../src/auctions/store-front.js'
import { main } from '../../../src/cli/main.js'
import { whole, type TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Address } from '../../../src/domain/chain.js'
import type { Opportunity } from '../../../src/domain/opportunity.js'
import type { Amounts, Plan } from '../../../src/domain/plan.js'
import { Redactor } from '../../../src/ops/redaction.js'
import { readStoreFront } from '../../../strategies/compound-v3/store-front.js'
import { compoundV3 } from '../../../strategies/compound-v3/strategy.js'
import { storeId } from '../../../strategies/compound-v3/state.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { startCometBed, type CometBed } from './support/comet-bed.js'
import { lookAt, type CometOutlook } from './support/outlook.js'

const ERRORS = new Interface(COMET_ERRORS)
const [ETHER, SECOND, BITCOIN, HEALTHY, BOTH] = [1, 2, 3, 4, 5].map((i) => address(0xc0e7 + i)) as [
  Address,
  Address,
  Address,
  Address,
  Address,
]
const POSITIONS: readonly (readonly [Address, readonly (readonly [TokenSymbol, bigint])[], bigint])[] = [
  [ETHER, [['WETH', 10n]], 19_000n],
  [SECOND, [['WETH', 6n]], 11_500n],
  [BITCOIN, [['WBTC', 1n]], 40_000n],
  [HEALTHY, [['WETH', 10n]], 10_000n],
  [
    BOTH,
    [
      ['WETH', 4n],
      ['WBTC', 1n],
    ],
    47_000n,
  ],
]
const STRANGER = address(0xbad)
/** A purchase of 1,000 USDC. */
const STOLEN: Amounts = {
  ...{ debtToCover: whole('USDC', 1_000n), repay: whole('USDC', 1_000n), seize: 1n },
  ...{ protocolFee: 0n, deficitBase: 0n },
}
const FALL = { WETH: 2_150_00000000n, WBTC: 50_000_00000000n } as const

describe('a stand-in Comet: absorb, buy and swap in one transaction of the executor', () => {
  let bed: CometBed
  let outlook: CometOutlook

  beforeAll(async () => {
    bed = await startCometBed()
    for (const [user, collaterals, debt] of POSITIONS) {
      for (const [symbol, amount] of collaterals) await bed.supplyTo(user, symbol, whole(symbol, amount))
      await bed.withdrawFrom(user, 'USDC', whole('USDC', debt))
    }
    await bed.moveMarket(FALL)
    outlook = await lookAt(bed)
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const opportunityOf = (look: CometOutlook, positions: readonly string[]): Opportunity => {
    const { opportunity, refusals } = look.combine(positions)
    if (opportunity === null) throw new Error(JSON.stringify(refusals))
    return opportunity
  }

  const storePlan = (look: CometOutlook): Plan => {
    const [plan] = look.choices(storeId(bed.token('WETH')))
    if (plan === undefined || !('at' in plan)) throw new Error('nothing is for sale')
    return plan
  }

  /** Lands at the planned block and time: gain and bid must be the computed ones, to the wei. */
  async function landExactly(look: CometOutlook, opportunity: Opportunity): Promise<bigint> {
    await look.holdTime()
    const before = await bed.balance(opportunity.profitToken, bed.payout)
    const { executed, gasUsed } = await bed.land(opportunity.order)
    expect([executed?.gross, executed?.bid]).toEqual([opportunity.grossWei, opportunity.bidWei])
    const gain = (await bed.balance(opportunity.profitToken, bed.payout)) - before
    expect(gain).toBe(opportunity.grossWei - opportunity.bidWei)
    process.stderr.write(
      `comet: ${opportunity.legs.map(({ route }) => route).join(' + ')}: nets $${(Number(opportunity.netUsd8) / 1e8).toFixed(2)}, ` +
        `gas ${BigInt(gasUsed).toString()} of ${opportunity.gas.toString()} estimated\n`,
    )
    return gain
  }

  it('absorbs an account and sells what it bought, at a gain that is exact', async () => {
    const gain = await landExactly(outlook, opportunityOf(outlook, [ETHER]))
    expect(gain).toBeGreaterThan(0n)
    const after = await lookAt(bed)
    expect(after.state.positions.get(ETHER)?.principal ?? 0n).toBeGreaterThanOrEqual(0n)
    expect(after.state.assetOf(bed.token('WETH'))?.reserves).toBe(0n)
  })

  it('takes several accounts in one transaction, each in a call of its own', async () => {
    const opportunity = opportunityOf(outlook, [ETHER, SECOND, BITCOIN])
    expect(opportunity.legs.map(({ position }) => position).sort()).toEqual([ETHER, SECOND, BITCOIN].sort())
    await landExactly(outlook, opportunity)
  })

  it('one account that became healthy poisons the whole order; alone the others still land', async () => {
    const both = opportunityOf(outlook, [ETHER, SECOND])
    await bed.supplyTo(SECOND, 'WETH', whole('WETH', 10n))
    const reason = await bed.attempt(both.order)
    expect(ERRORS.parseError(reason)?.name).toBe('NotLiquidatable')
    const alone = opportunityOf(await lookAt(bed), [ETHER, SECOND])
    expect(alone.legs.map(({ position }) => position)).toEqual([ETHER])
    const { executed } = await bed.land(alone.order)
    expect(executed?.gross).toBeGreaterThan(0n)
  })

  it('where reverts are charged an order for an account that a rival absorbed ends early without one', async () => {
    const { order } = opportunityOf(await lookAt(bed, 'sequencer'), [ETHER])
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER]])
    const { executed, gasUsed } = await bed.land(order)
    expect(executed?.gross ?? 0n).toBe(0n)
    expect(Number(gasUsed)).toBeLessThan(120_000)
  })

  it('reserves and stock are told as the contract tells them, with what all of it costs', async () => {
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER, BITCOIN]])
    const block = await bed.headBlock()
    const front = await readStoreFront(bed.reader, bed.comets, block)
    const ask = async (name: string, ...args: unknown[]): Promise<bigint> =>
      (await bed.admin.read(bed.comet, name, args, `0x${block.number.toString(16)}`))[0] as bigint
    expect([front.base.symbol, front.reserves, front.target, front.forSale, front.reasons]).toEqual([
      ...['USDC', await ask('getReserves'), await ask('targetReserves'), true, []],
    ])
    expect(front.stock.map(({ token, amount }) => [token.symbol, amount])).toEqual([
      ['WETH', whole('WETH', 10n)],
      ['WBTC', whole('WBTC', 1n)],
    ])
    for (const { token, amount, pay } of front.stock) {
      expect(await ask('getCollateralReserves', token.address)).toBe(amount)
      expect(await ask('quoteCollateral', token.address, pay)).toBeLessThanOrEqual(amount)
      expect(await ask('quoteCollateral', token.address, pay + 1n)).toBeGreaterThan(amount)
    }
    await bed.admin.send(bed.comet, 'pause', [false, false, false, true, true])
    const paused = await readStoreFront(bed.reader, bed.comets, await bed.headBlock())
    expect([paused.forSale, paused.reasons]).toEqual([false, ['absorb is paused', 'buyCollateral is paused']])
    await bed.admin.send(bed.comet, 'pause', [false, false, false, false, false])
    const [info] = await bed.admin.read(bed.comet, 'getAssetInfo', [0])
    await bed.anvil.rpc('anvil_setCode', [(info as { readonly priceFeed: string }).priceFeed, '0x'])
    const unpriced = await readStoreFront(bed.reader, bed.comets, await bed.headBlock())
    expect([unpriced.reasons, unpriced.stock[0]?.pay]).toEqual([['WETH has no price'], 0n])
  })

  it('`keeper insurance` shows the reserves, what is sold for them and what the pools pay for it', async () => {
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER]])
    const folder = mkdtempSync(join(tmpdir(), 'keeper-comet-'))
    const path = join(folder, 'markets.json')
    const { id, strategy, deployBlock, contracts, implementationCodeHashes } = bed.comets
    const market = { id, strategy, deployBlock, contracts, implementationCodeHashes }
    writeFileSync(path, JSON.stringify({ ...bed.marketFile(), markets: [market] }))
    const notes: string[] = []
    const show = async (...args: string[]): Promise<string> => {
      const lines: string[] = []
      const env = { KEEPER_ENV_FILE: '', RPC_URLS: bed.anvil.rpcUrl, MARKETS_FILE: path, DATA_DIR: folder }
      const out = (line: string): void => void lines.push(line)
      const cli = { env, redactor: new Redactor(), out, note: (line: string): void => void notes.push(line) }
      expect([await main(['insurance', ...args], cli), notes]).toEqual([0, []])
      return lines.join('\n')
    }
    const [row] = JSON.parse(await show('--json')) as StoreFrontRow[]
    const front = await readStoreFront(bed.reader, bed.comets, await bed.headBlock())
    const [shelf] = front.stock
    expect(row?.stock).toEqual([
      expect.objectContaining({
        symbol: 'WETH',
        amount: String(shelf?.amount),
        pay: String(shelf?.pay),
        decision: null,
      }),
    ])
    // 2.5 % below the oracle, which is where the pool is
    const [pay, fair] = [BigInt(row?.stock[0]?.pay ?? 0), BigInt(row?.stock[0]?.fair ?? 0)]
    expect([fair > pay, fair < (pay * 103n) / 100n]).toEqual([true, true])
    const screen = await show()
    expect(screen).toMatch(/^market +base +reserves +target +sells collateral$/m)
    expect(screen).toMatch(/^comet-devnet +10\.00 WETH +20,\d+\.\d\d USDC +2\d,\d+\.\d\d USDC +not looked at yet$/m)
    rmSync(folder, { recursive: true, force: true })
  })

  it('what a rival absorbed and left is for sale: the store front is bought from without an absorption', async () => {
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER]])
    const look = await lookAt(bed)
    const store = storeId(bed.token('WETH'))
    expect(compoundV3.solvency(look.state, store, look.at).liquidatable).toBe(true)
    const opportunity = opportunityOf(look, [store])
    expect(opportunity.order.check).toBeNull()
    await landExactly(look, opportunity)
    const emptied = await lookAt(bed)
    expect([...compoundV3.positions(emptied.state)]).not.toContain(store)
  })

  it('a store front whose price beats the market is looked at again after an oracle update', async () => {
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER]])
    // the feed stays behind a falling market: the front asks more than the market pays
    await bed.moveMarket({ WETH: 2_000_00000000n })
    await bed.setPrice('WETH', 2_150_00000000n)
    const store = storeId(bed.token('WETH'))
    const dear = await lookAt(bed)
    expect(dear.combine([store]).opportunity).toBeNull()
    await bed.setPrice('WETH', 2_000_00000000n)
    const fair = await lookAt(bed)
    await landExactly(fair, opportunityOf(fair, [store]))
  })

  it('a thief with the operator key can neither send a purchase elsewhere nor pay with what is the owner’s', async () => {
    await bed.as(bed.operator, 'absorb', [bed.operator, [ETHER]])
    const plan = storePlan(await lookAt(bed))
    const [theft, honest] = [STRANGER, bed.executor.address].flatMap((to) => compoundV3.encode(plan, STOLEN, to))
    if (theft === undefined || honest === undefined) throw new Error('a purchase has a call')
    await bed.mint('USDC', bed.executor.address, whole('USDC', 2_000n))
    const [usdc, weth] = [bed.token('USDC'), bed.token('WETH')]
    const order = {
      ...opportunityOf(outlook, [ETHER]).order,
      ...{ check: null, profitToken: weth, tokens: [usdc, weth], bidBps: 0, minBidWei: 0n, minProfit: 1n },
    }
    expect(await bed.attempt({ ...order, steps: [honest, theft] })).toMatch(/^CallNotAllowed/)
    // a gain in the profit token, with the owner's money
    expect(await bed.attempt({ ...order, steps: [honest] })).toMatch(/^BelowStart/)
    expect(await bed.balance(usdc, bed.executor.address)).toBe(whole('USDC', 2_000n))
  })

  it('keeps off while the reserves reach their target: NotForSale', async () => {
    const before = opportunityOf(outlook, [ETHER])
    const next = await bed.implementation({ targetReserves: 0n })
    await bed.admin.send(
      { address: bed.comet.address, abi: (await bed.deploy('CometProxyStandIn', [next.address])).abi },
      'upgradeTo',
      [next.address],
    )
    await bed.mint('USDC', bed.comet.address, whole('USDC', 100_000n))
    const look = await lookAt(bed)
    expect(look.combine([ETHER]).refusals.map(({ code }) => code)).toEqual(['not-for-sale'])
    expect(ERRORS.parseError(await bed.attempt(before.order))?.name).toBe('NotForSale')
  })

  it('an earlier account’s purchase may raise the reserves to their target: the second stays out of that transaction', async () => {
    const both = opportunityOf(outlook, [ETHER, SECOND])
    expect(both.legs.length).toBe(2)
    // the first raises the reserves by some 540 USDC in all, and the second alone lowers them by some 12,250
    await bed.mint('USDC', bed.comet.address, whole('USDC', 100_000n))
    const [reserves] = await bed.admin.read(bed.comet, 'getReserves')
    const next = await bed.implementation({ targetReserves: (reserves as bigint) - whole('USDC', 12_000n) })
    await bed.admin.send(
      { address: bed.comet.address, abi: (await bed.deploy('CometProxyStandIn', [next.address])).abi },
      'upgradeTo',
      [next.address],
    )
    const look = await lookAt(bed)
    for (const position of [ETHER, SECOND]) expect(opportunityOf(look, [position]).legs.length).toBe(1)
    expect(ERRORS.parseError(await bed.attempt(both.order))?.name).toBe('NotForSale')
    const { opportunity, refusals } = look.combine([ETHER, SECOND])
    expect(opportunity?.legs.map(({ position }) => position)).toEqual([ETHER])
    expect(refusals.map(({ position, detail }) => [position, /not-for-sale/.test(detail)])).toEqual([[SECOND, true]])
    if (opportunity !== null) await landExactly(look, opportunity)
  })

  it('refuses what is healthy, paused or without collateral, by name', async () => {
    const codes = (look: CometOutlook, position: string): string[] =>
      look.choices(position).map((choice) => ('at' in choice ? 'plan' : choice.refusal.code))
    expect(codes(outlook, HEALTHY)).toEqual(['healthy'])
    expect(codes(outlook, BOTH)).toEqual(['plan', 'plan'])
    await bed.as(bed.operator, 'pause', [false, false, false, true, false])
    expect(codes(await lookAt(bed), ETHER)).toEqual(['paused'])
    await bed.as(bed.operator, 'pause', [false, false, false, false, true])
    expect(codes(await lookAt(bed), ETHER)).toEqual(['paused'])
  })

  it('a purchase of more than the front has is refused as the contract refuses it', () => {
    const [plan] = outlook.choices(ETHER)
    if (plan === undefined || !('at' in plan)) throw new Error('no plan')
    expect(plan.at(plan.maxRepay)).toMatchObject({ repay: plan.maxRepay })
    expect(plan.at(plan.maxRepay + 1n)).toMatchObject({ code: 'no-liquidity' })
    expect(plan.at(0n)).toMatchObject({ code: 'dust-rule' })
  })
})
