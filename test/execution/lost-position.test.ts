import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aaveV3 } from '../../strategies/aave-v3/strategy.js'
import { missedText } from '../../src/cli/missed-view.js'
import { reportText } from '../../src/cli/report-view.js'
import { SYMBOLS, whole } from '../../src/devnet/catalogue.js'
import { parseMarketFile } from '../../src/config/market-file.js'
import { toAddress, type Address, type Head, type Hex, type RawLog } from '../../src/domain/chain.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import type { LiquidationEvent } from '../../src/domain/strategy.js'
import { nodeSimulator } from '../../src/execution/node-simulator.js'
import { readReceipt, type Receipt } from '../../src/execution/receipt.js'
import { NATIVE, accountsOf, type Accounts } from '../../src/ledger/booking.js'
import { sumDeltas } from '../../src/ledger/totals.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../contracts/support/executor-bed.js'
import { POOL_INTERFACE } from '../contracts/support/orders.js'
import { KeeperBed, type Outlook } from '../profit/support/keeper-bed.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import { OPERATOR_KEY, askOver, headOf, makeKeeper, type KeeperParts } from './support/keeper.js'

/** Three positions without a pair in common, so that each has an exit of its own. */
const [ETHER, BITCOIN, TETHER] = [0xe1, 0xe2, 0xe3].map(address) as [Address, Address, Address]
const PLACES = [ETHER, BITCOIN, TETHER]

let bed: ExecutorBed
let sink: BundleSink
let outlook: Outlook
let accounts: Accounts
let operator: Address
let keeper: KeeperParts
let dataDir = ''

beforeAll(async () => {
  bed = await startExecutorBed()
  sink = await bundleSink()
  await bed.supply('WETH', ETHER, whole('WETH', 10n))
  await bed.borrow('USDC', ETHER, whole('USDC', 20_000n))
  await bed.supply('WBTC', BITCOIN, whole('WBTC', 1n))
  await bed.borrow('USDC', BITCOIN, whole('USDC', 43_700n))
  await bed.supply('WETH', TETHER, whole('WETH', 10n))
  await bed.borrow('USDT', TETHER, whole('USDT', 20_000n))
  await bed.moveMarket({ WETH: 2_400_00000000n, WBTC: 55_500_00000000n })
  operator = toAddress(bed.accounts[0] ?? '')
  await bed.administer('setOperator', [operator, true])
  await bed.anvil.rpc('anvil_setCoinbase', [address(0xb111de4)])
  outlook = await new KeeperBed(bed).look()
  accounts = accountsOf(bed.settings.owner, bed.payout, [operator], bed.executor.address)
})
afterAll(async () => {
  await sink.close()
  await bed.stop()
})
undoAfterEach(() => bed)
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lost-'))
  sink.bundles.length = 0
  const { rpc } = bed.anvil
  keeper = makeKeeper({
    ...{ dataDir, ask: askOver(rpc), relayUrls: [sink.url], keys: [OPERATOR_KEY], accounts, confirmations: 3 },
    ...{ executor: bed.executor.address, wrappedNative: bed.token('WETH') },
    simulate: nodeSimulator({ node: askOver(rpc), blockTimeSeconds: 12 }),
  })
})
afterEach(async () => {
  await keeper.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

function ofThree(): Opportunity {
  const { opportunity } = outlook.combine(PLACES)
  if (opportunity === null) throw new Error('nothing to take')
  expect([...new Set(opportunity.legs.map(({ position }) => position))].sort()).toEqual([...PLACES].sort())
  expect(opportunity.order.steps.map(({ kind }) => kind)).toEqual(['attempt', 'attempt', 'attempt'])
  return opportunity
}

/** Coins and tokens of all our accounts, from the chain alone. */
async function holdings(): Promise<Map<Address, bigint>> {
  const parts: Map<Address, bigint>[] = []
  for (const account of new Set([...accounts.others, accounts.payout])) {
    parts.push(new Map([[NATIVE, await bed.ether(account)]]))
    for (const symbol of SYMBOLS)
      parts.push(new Map([[bed.token(symbol), await bed.balance(bed.token(symbol), account)]]))
  }
  return sumDeltas(parts)
}
const less = (after: ReadonlyMap<Address, bigint>, before: ReadonlyMap<Address, bigint>): Map<Address, bigint> =>
  sumDeltas([after, new Map([...before].map(([token, amount]) => [token, -amount]))])

/** The rival has funds and an approval; what he sends is mined first, for he pays more per gas. */
async function rivalIsReady(
  user: Address,
): Promise<{ readonly from: Address; readonly to: Address; readonly data: Hex }> {
  const from = toAddress(bed.accounts[9] ?? '')
  const amount = whole('USDC', 20_000n)
  await bed.mint('USDC', from, amount)
  const usdc = { address: bed.token('USDC'), abi: bed.tokens.USDC.abi }
  await bed.admin.send(usdc, 'approve', [bed.market.pool.address, amount], { from })
  const args = [bed.token('WETH'), bed.token('USDC'), user, amount, false]
  return { from, to: bed.market.pool.address, data: POOL_INTERFACE.encodeFunctionData('liquidationCall', args) as Hex }
}

/** With deadlines within the reach of the test's keeper. */
function aimed({ order, ...others }: Opportunity, head: Head): Opportunity {
  return { ...others, order: { ...order, deadlineBlock: head.number + 3, deadlineTime: head.timestamp + 60n } }
}

async function send(opportunity: Opportunity): Promise<Hex> {
  const head = await headOf(bed.anvil.rpc)
  await keeper.submitter.start(head)
  const answer = await keeper.submitter.offer(aimed(opportunity, head), head)
  if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
  await until(() => sink.bundles.length > 0, 'the bundle')
  return sink.bundles.at(-1)?.raw ?? '0x'
}

async function receiptOf(hash: Hex): Promise<Receipt> {
  const receipt = readReceipt(await bed.anvil.rpc('eth_getTransactionReceipt', [hash]), hash)
  if (receipt === null) throw new Error('not mined')
  return receipt
}

/** Every liquidation of the newest block, as the replica's follower tells it. */
async function liquidationsIn(head: Head): Promise<LiquidationEvent[]> {
  const [market] = parseMarketFile(bed.marketFile(), 'devnet').markets
  if (market === undefined) throw new Error('no market')
  const logs = (await bed.anvil.rpc('eth_getLogs', [{ blockHash: head.hash }])) as (RawLog & { address: string })[]
  const own = { ...market, chainId: 31337 }
  return logs.flatMap((log) => aaveV3.liquidation(own, { ...log, address: toAddress(log.address) }) ?? [])
}

it('of three positions a rival takes one in the same block: ours lands with two, and the books say so to the wei', async () => {
  const opportunity = ofThree()
  const rival = await rivalIsReady(ETHER)
  const raw = await send(opportunity)
  const before = await holdings()
  await bed.anvil.rpc('evm_setAutomine', [false])
  const dear = { gas: '0x1e8480', maxFeePerGas: '0x174876e800', maxPriorityFeePerGas: '0x12a05f2000' }
  const rivalHash = (await bed.anvil.rpc('eth_sendTransaction', [{ ...rival, ...dear }])) as Hex
  const ourHash = (await bed.anvil.rpc('eth_sendRawTransaction', [raw])) as Hex
  await bed.anvil.rpc('evm_mine', [])
  await bed.anvil.rpc('evm_setAutomine', [true])
  const head = await headOf(bed.anvil.rpc)
  const [theirs, ours] = [await receiptOf(rivalHash), await receiptOf(ourHash)]
  expect([theirs.blockNumber, theirs.status, ours.blockNumber, ours.status]).toEqual([head.number, 1, head.number, 1])

  const events = await liquidationsIn(head)
  const byUs = events.filter(({ liquidator }) => liquidator === bed.executor.address)
  expect(events.find(({ transactionHash }) => transactionHash === rivalHash)?.position).toBe(ETHER)
  expect([...new Set(byUs.map(({ position }) => position))].sort()).toEqual([BITCOIN, TETHER])
  for (const event of events) keeper.submitter.onLiquidation(event, head)
  await keeper.submitter.onHead(head)
  await until(() => keeper.ledger.misses().length === 1, 'the missed position')

  const report = keeper.ledger.report()
  // the books hold exactly what the chain did to our accounts, and nothing of the third
  expect(report.deltas).toEqual(less(await holdings(), before))
  const [booked] = report.bookings
  expect(booked?.lost.map(({ position }) => position)).toEqual([ETHER])
  expect([...new Set(booked?.legs.map(({ position }) => position))].sort()).toEqual([BITCOIN, TETHER])
  expect(
    keeper.ledger
      .landedPositions()
      .map((place) => place.split('/')[1])
      .sort(),
  ).toEqual([BITCOIN, TETHER])
  expect(report.markets.map(({ positions }) => positions)).toEqual([2])
  const rows = new Map(report.outcomeRows.map((row) => [row.outcome, row]))
  expect(rows.get('landed')).toMatchObject({ intents: 1, positions: 2 })
  expect(rows.get('outbid')).toMatchObject({ intents: 0, positions: 1, netUsd8: 0n })
  const expected = [...rows.values()].reduce((sum, { expectedNetUsd8 }) => sum + expectedNetUsd8, 0n)
  expect(expected).toBe(opportunity.netUsd8)

  const [missed] = keeper.ledger.misses()
  expect(missed).toMatchObject({ position: ETHER, reason: 'outbid', liquidator: rival.from })
  // of the bid for all three, the part that was meant for it
  expect(missed?.bidWei).toBeLessThan(opportunity.bidWei)
  expect(missedText(keeper.ledger.misses()).join('\n')).toContain('outbid')
  expect(reportText(report, []).join('\n')).toMatch(/landed +0x\S+00e2 0x\S+00e3 without 0x\S+00e1 /)
  // a win with two positions teaches the share that was really bid
  const [won] = keeper.ledger.contests().filter((contest) => contest.won)
  expect(Math.abs((won?.ourBps ?? 0) - opportunity.order.bidBps)).toBeLessThan(20)
})

it('what the others leave must still pay for the gas of all: with two of three gone it reverts', async () => {
  const opportunity = ofThree()
  const rest = outlook.combine([TETHER]).opportunity
  if (rest === null) throw new Error('nothing to take')
  // the minimum holds the gas of the whole transaction, and the least profit on top
  const { minProfit } = opportunity.order
  const least = outlook.context.desk('').valuation.weiOfUsd8(outlook.context.settings.minProfitUsd8)
  expect(minProfit).toBe(opportunity.gas * outlook.context.gasPriceWei + least)
  const order = { ...opportunity.order, bidBps: 0, minBidWei: 0n }
  await bed.anvil.rpc('evm_revert', [
    await gone([ETHER, BITCOIN], async () => {
      expect(await bed.attempt({ ...order, minProfit: rest.grossWei / 2n }, operator)).toBe('ok')
      expect(await bed.attempt({ ...order, minProfit: rest.grossWei * 2n }, operator)).toMatch(/^ProfitTooLow/)
    }),
  ])
})

async function gone(users: readonly Address[], then: () => Promise<void>): Promise<unknown> {
  const snapshot = await bed.anvil.rpc('evm_snapshot', [])
  for (const user of users) {
    const collateral = user === BITCOIN ? 'WBTC' : 'WETH'
    const order = { user, collateral, debt: 'USDC', debtToCover: whole('USDC', 22_000n) } as const
    await bed.liquidate(toAddress(bed.accounts[9] ?? ''), { ...order, funds: whole('USDC', 50_000n) })
  }
  await then()
  return snapshot
}

it('a position that fails on the head itself, where no rival took it, is not tried with the others again', async () => {
  const opportunity = ofThree()
  await bed.supply('WETH', ETHER, whole('WETH', 5n))
  await send(opportunity)
  await until(async () => {
    const head = await headOf(bed.anvil.rpc)
    const answer = await keeper.submitter.offer(aimed(opportunity, head), head)
    return 'code' in answer && answer.code === 'simulation-failed' && answer.detail.includes(ETHER)
  }, 'the refusal that names the position')
})
