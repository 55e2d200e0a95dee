import { id, zeroPadValue } from 'ethers'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TokenNames } from '../../src/cli/keeper/token-names.js'
import { main } from '../../src/cli/main.js'
import { DECIMALS, SYMBOLS } from '../../src/devnet/catalogue.js'
import { ETHER_SHAPE } from '../../src/devnet/uniswap/ether-pool.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { silentLogger } from '../../src/domain/ports.js'
import type { Order } from '../../src/domain/steps.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { readBlockInfo, readReceipt, type BlockInfo, type Receipt } from '../../src/execution/receipt.js'
import { recordOf } from '../../src/execution/records.js'
import { NATIVE, accountsOf, bookReceipt, type Accounts, type Booking } from '../../src/ledger/booking.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { sumDeltas } from '../../src/ledger/totals.js'
import { Redactor } from '../../src/ops/redaction.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../contracts/support/executor-bed.js'
import {
  bitcoinBorrower,
  flashLoanOrder,
  flashSwapOrder,
  orderOf,
  sinkingBorrower,
  twoPoolExit,
} from '../contracts/support/orders.js'
import { someAttempt, someIntent } from '../execution/support/records.js'
import { KeeperBed } from '../profit/support/keeper-bed.js'

const BUILDER = address(0xb111de4)
const ETHER = address(0xe1)
const BITCOIN = address(0xe2)
const NEW_PAYOUT = address(0xaa22)

interface Mined {
  readonly receipt: Receipt
  readonly block: BlockInfo
  /** What the four accounts together gained, by their balances before and after the block. */
  readonly change: ReadonlyMap<Address, bigint>
}

let bed: ExecutorBed
let accounts: Accounts

beforeAll(async () => {
  bed = await startExecutorBed({ etherPool: true })
  await bed.administer('setFactory', [managerOf(), true])
  accounts = accountsOf(bed.settings.owner, bed.payout, [bed.operator], bed.executor.address)
  await sinkingBorrower(bed, ETHER)
  await bitcoinBorrower(bed, BITCOIN)
  await bed.moveMarket({ WETH: 2_400_00000000n, WBTC: 55_500_00000000n })
  await bed.anvil.rpc('anvil_setCoinbase', [BUILDER])
}, 60_000)
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** Coins and tokens of owner, payout address, operator and executor together, from the chain alone. */
async function holdings(): Promise<Map<Address, bigint>> {
  const parts: Map<Address, bigint>[] = []
  for (const account of new Set([...accounts.others, accounts.payout, NEW_PAYOUT])) {
    parts.push(new Map([[NATIVE, await bed.ether(account)]]))
    for (const symbol of SYMBOLS)
      parts.push(new Map([[bed.token(symbol), await bed.balance(bed.token(symbol), account)]]))
  }
  return sumDeltas(parts)
}

const negated = (amounts: ReadonlyMap<Address, bigint>): Map<Address, bigint> =>
  new Map([...amounts].map(([token, amount]) => [token, -amount]))

/** Mines the order whatever becomes of it, at a gas price with a tip. */
async function mine(order: Order): Promise<Mined> {
  const before = await holdings()
  const fees = { maxFeePerGas: '0xba43b7400', maxPriorityFeePerGas: '0x3b9aca07', gas: '0x2dc6c0' }
  const sent = { from: bed.operator, to: bed.executor.address, data: encodeOrder(order), ...fees }
  const { transactionHash } = (await bed.anvil.rpc('eth_sendTransactionSync', [sent])) as { transactionHash: Hex }
  const receipt = readReceipt(await bed.anvil.rpc('eth_getTransactionReceipt', [transactionHash]), transactionHash)
  const block = readBlockInfo(await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false]))
  if (receipt === null || block === null) throw new Error('not mined')
  return { receipt, block, change: sumDeltas([await holdings(), negated(before)]) }
}

const book = ({ receipt }: Mined): Booking =>
  bookReceipt(receipt, accounts, bed.token('WETH'), new Set(SYMBOLS.map(token)))

function managerOf(): Address {
  const { ether } = bed.uniswap
  if (ether === null) throw new Error('no pool of native ether')
  return ether.manager.address
}

/** The flash swap at the Uniswap v4 pool of native ether, which is paid in coins that no log tells of. */
function etherOrder(change: Partial<Order> = {}): Order {
  const { steps, ...rest } = flashSwapOrder(bed, ETHER, change)
  const [step] = steps
  if (step?.kind !== 'flashSwap') throw new Error('shape')
  return { ...rest, steps: [{ ...step, pool: managerOf(), via: { kind: 'uniswapV4', ...ETHER_SHAPE, native: true } }] }
}

const BID = { bidBps: 8_000, minBidWei: 1n } as const
const CASES: readonly { name: string; order: () => Order; executed: boolean; status: 0 | 1; bid: boolean }[] = [
  { name: 'flash swap, bid', order: () => flashSwapOrder(bed, ETHER, BID), executed: true, status: 1, bid: true },
  { name: 'flash swap, no bid', order: () => flashSwapOrder(bed, ETHER), executed: true, status: 1, bid: false },
  { name: 'flash swap of native ether, bid', order: () => etherOrder(BID), executed: true, status: 1, bid: true },
  { name: 'flash swap of native ether, no bid', order: () => etherOrder(), executed: true, status: 1, bid: false },
  { name: 'flash loan, bid', order: () => flashLoanOrder(bed, ETHER, BID), executed: true, status: 1, bid: true },
  {
    name: 'two pools, bid',
    order: () => orderOf(bed, [twoPoolExit(bed, BITCOIN)], { ...BID, tokens: ['WETH', 'USDC', 'WBTC'].map(token) }),
    ...{ executed: true, status: 1, bid: true },
  },
  {
    name: 'reverted: below the least profit',
    order: () => flashSwapOrder(bed, ETHER, { ...BID, minProfit: 10n ** 24n }),
    ...{ executed: false, status: 0, bid: false },
  },
  {
    name: 'somebody was faster: the early return',
    order: () => {
      const { target, data } = { target: bed.market.pool.address, data: healthOf(address(0x999)) }
      return flashSwapOrder(bed, ETHER, { check: { target, data, word: 5, atLeast: 10n ** 18n } })
    },
    ...{ executed: false, status: 1, bid: false },
  },
]
const token = (symbol: string): Address => bed.token(symbol as 'WETH')
const healthOf = (user: Address): Hex => `0xbf92857c${user.slice(2).padStart(64, '0')}`

it.each(CASES)('$name: the booking is the change of the balances to the wei', async (one) => {
  const mined = await mine(one.order())
  const booking = book(mined)
  expect(booking.deltas).toEqual(mined.change)
  expect([booking.executed, booking.status, booking.bidWei > 0n]).toEqual([one.executed, one.status, one.bid])
  expect(booking.gasWei).toBe(mined.receipt.gasUsed * mined.receipt.effectiveGasPriceWei)
  // the bid is unwrapped from the gain: of the chain's own coin only gas is missing
  expect(mined.change.get(NATIVE)).toBe(-booking.gasWei)
  expect((mined.change.get(bed.token('WETH')) ?? 0n) > 0n).toBe(one.executed)
})

it('the payout address moves between two liquidations: both are booked to the wei, also after a restart', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keeper-payout-'))
  try {
    const mined: Mined[] = []
    const bitcoin = { ...BID, tokens: ['WETH', 'USDC', 'WBTC'].map(token) }
    const orders = [flashSwapOrder(bed, ETHER, BID), orderOf(bed, [twoPoolExit(bed, BITCOIN)], bitcoin)]
    for (const order of orders) {
      const one = await mine(order)
      expect(one.receipt.status).toBe(1)
      mined.push(one)
      const ledger = new SqliteLedger({ dataDir: dir, accounts, wrappedNative: bed.token('WETH') })
      const { transactionHash } = one.receipt
      ledger.attempted(someIntent({ id: transactionHash }), someAttempt({ transactionHash, intentId: transactionHash }))
      ledger.landed(transactionHash, one.receipt, one.block)
      expect(ledger.report().deltas).toEqual(sumDeltas(mined.map(({ change }) => change)))
      ledger.close()
      await bed.administer('setPayout', [NEW_PAYOUT])
    }
    expect(await bed.balance(bed.token('WETH'), NEW_PAYOUT)).toBeGreaterThan(0n)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

/**
 * Code that runs when the bid arrives: claims in the Transfer event of ERC-20 that the payout address got `amount` of a token
 * of its own, then has the genuine WETH tell a transfer of nothing to zero.
 */
function lyingBuilder(amount: bigint): Hex {
  const word = (value: bigint | string): string => `7f${BigInt(value).toString(16).padStart(64, '0')}`
  const claim = [word(amount), '600052', word(accounts.payout), word('0x1'), word(id(TRANSFER)), '60206000a3'].join('')
  const selector = word(BigInt(id('transfer(address,uint256)').slice(0, 10)) << 224n)
  const wrapped = `${selector}600052${'6000'.repeat(2)}604460006000${word(bed.token('WETH'))}5af15000`
  return `0x${claim}${wrapped}`
}
const TRANSFER = 'Transfer(address,address,uint256)'

it('a builder that writes false transfers into our transaction neither earns nor costs us anything', async () => {
  await bed.anvil.rpc('anvil_setCode', [BUILDER, lyingBuilder(10n ** 30n)])
  const mined = await mine(flashSwapOrder(bed, ETHER, BID))
  expect(mined.receipt.logs.filter(({ address }) => address === BUILDER)).toHaveLength(1)
  expect(mined.receipt.logs.at(-1)?.topics.slice(1)).toEqual([BUILDER, address(0)].map((one) => zeroPadValue(one, 32)))
  const booking = book(mined)
  expect(booking.deltas).toEqual(mined.change)
  expect([...booking.strays]).toEqual([[BUILDER, 10n ** 30n]])

  const dir = mkdtempSync(join(tmpdir(), 'keeper-strays-'))
  const ledger = new SqliteLedger({ dataDir: dir, accounts, wrappedNative: bed.token('WETH') })
  try {
    const { transactionHash } = mined.receipt
    ledger.attempted(someIntent(), someAttempt({ transactionHash }))
    for (let i = 0; i < 2; i++) {
      const { deltas, strays } = ledger.landed('intent-1', mined.receipt, mined.block)
      expect([deltas, strays]).toEqual([mined.change, booking.strays])
    }
    const { deltas, strays, days } = ledger.report()
    expect([deltas, days[0]?.deltas, strays]).toEqual([mined.change, mined.change, booking.strays])
  } finally {
    ledger.close()
    rmSync(dir, { recursive: true, force: true })
  }
})

describe('keeper report on a ledger that real liquidations filled', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'keeper-report-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  async function report(...flags: string[]): Promise<string> {
    const out: string[] = []
    const note: string[] = []
    const cli = {
      redactor: new Redactor(),
      out: (l: string) => void out.push(l),
      note: (l: string) => void note.push(l),
    }
    const code = await main(['report', ...flags], { ...cli, env: { KEEPER_ENV_FILE: '', DATA_DIR: dir } })
    if (code !== 0) throw new Error(note.join('\n'))
    return out.join('\n')
  }

  function keep(ledger: SqliteLedger, name: string, mined: Mined, opportunity: Opportunity, usd8: bigint): void {
    const { receipt, block } = mined
    const { transactionHash, blockHash } = receipt
    const expected = { transactionHash, intentId: name, opportunity: recordOf(opportunity) }
    ledger.attempted(someIntent({ id: name }), someAttempt({ ...expected, targetBlock: receipt.blockNumber }))
    ledger.landed(name, receipt, block)
    ledger.valued(transactionHash, blockHash, usd8, [])
    const outcome = {
      kind: receipt.status === 1 ? 'landed' : 'reverted',
      blockHash,
      blockNumber: block.number,
    } as const
    ledger.outcome({ intentId: name, outcome, transactionHash, closed: true, atMs: 1 })
  }

  it('shows symbols, whole units, dollars beside what was expected, and exact figures as JSON', async () => {
    const keeper = new KeeperBed(bed)
    const outlook = await keeper.look()
    const { opportunity } = outlook.combine([ETHER, BITCOIN])
    if (opportunity === null) throw new Error('nothing to take')
    // one of them may take several calls
    expect([...new Set(opportunity.legs.map((leg) => leg.position))].sort()).toEqual([ETHER, BITCOIN])
    await keeper.holdTime(outlook)
    const landed = await mine(opportunity.order)
    const failed = await mine({ ...opportunity.order, minProfit: 10n ** 24n })
    expect(failed.receipt.status).toBe(0)
    const desk = outlook.context.desk('')
    const worth = (mined: Mined): bigint => {
      const wei = [...book(mined).deltas].map(([token, amount]) => {
        const size = desk.valuation.wei(token === NATIVE ? bed.token('WETH') : token, amount < 0n ? -amount : amount)
        return amount < 0n ? -(size ?? 0n) : (size ?? 0n)
      })
      const sum = wei.reduce((total, one) => total + one, 0n)
      return sum < 0n ? -desk.valuation.usd8(-sum) : desk.valuation.usd8(sum)
    }
    const ledger = new SqliteLedger({ dataDir: dir, accounts, wrappedNative: bed.token('WETH') })
    const reserves = SYMBOLS.map((symbol) => ({
      token: { address: bed.token(symbol), symbol, decimals: DECIMALS[symbol] },
    }))
    const source = { strategy: { reserves: () => reserves }, replica: { state: {} } }
    new TokenNames(ledger, bed.token('WETH'), silentLogger).learn(source as never)
    keep(ledger, 'intent-1', landed, opportunity, worth(landed))
    keep(ledger, 'intent-2', failed, opportunity, worth(failed))
    const refusal = {
      market: 'm',
      position: ETHER,
      code: 'below-min-profit',
      detail: 'pays $1.00',
      figure: '1',
    } as const
    ledger.refused([refusal], 7)
    const realised = ledger.realisedUsd8()
    ledger.close()

    expect(worth(failed)).toBeLessThan(0n)
    expect(realised).toBe(worth(landed) + worth(failed))
    const text = await report()
    process.stdout.write(`${text}\n`)
    expect(text).toMatch(/^WETH +\d+\.\d{6} /m)
    expect(text).toMatch(/^ETH +-0\.\d{6} /m)
    expect(text).toMatch(/landed +0x\S+ 0x\S+ +\$[\d,]+\.\d\d +\$[\d,]+\.\d\d +\d\.\d{6} +\d\.\d{6}/)
    expect(text).toMatch(/^day +block +outcome +positions +expected +realised +gas ETH +bid ETH/m)
    expect(text).toMatch(/reverted +0x\S+ 0x\S+ +\$[\d,]+\.\d\d +-\$\d+\.\d\d/)
    expect(text).toMatch(/below-min-profit +1 +7 +pays \$1\.00/)

    const json = JSON.parse(await report('--json')) as {
      netUsd8: string
      markets: Record<string, unknown>[]
      attemptRows: { transactionHash: string; mined: { netUsd8: string } | null }[]
      deltas: Record<string, string>
      tokens: Record<string, { symbol: string; decimals: number }>
      bookings: { netUsd8: string; expectedNetUsd8: string; transactionHash: string }[]
    }
    const both = sumDeltas([landed.change, failed.change])
    expect(json.deltas).toEqual(Object.fromEntries([...both].map(([token, amount]) => [token, amount.toString()])))
    expect(json.netUsd8).toBe(realised.toString())
    const whole = { transactions: 2, reverted: 1, positions: 2, netUsd8: realised.toString() }
    expect(json.markets).toEqual([expect.objectContaining({ ...whole, market: opportunity.legs[0]?.market })])
    const byHash = new Map(json.attemptRows.map(({ transactionHash, mined }) => [transactionHash, mined?.netUsd8]))
    for (const one of [landed, failed]) expect(byHash.get(one.receipt.transactionHash)).toBe(worth(one).toString())
    expect(json.tokens[NATIVE]).toEqual({ symbol: 'ETH', decimals: 18 })
    expect(json.bookings.map((row) => row.netUsd8)).toEqual([worth(landed), worth(failed)].map(String))
    expect(json.bookings[0]?.expectedNetUsd8).toBe(opportunity.netUsd8.toString())
  })
})
