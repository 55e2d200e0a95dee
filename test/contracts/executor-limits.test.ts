import { whole } from '../../src/devnet/catalogue.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { HealthCheck, Step } from '../../src/domain/steps.js'
import { deployUniswapV4 } from '../profit/support/uniswap-v4.js'
import { callbackData } from './support/attackers.js'
import { deployMorpho } from './support/morpho.js'
import { bareLiquidationGas, bareSwapGas } from './support/bare-gas.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from './support/executor-bed.js'
import {
  POOL_INTERFACE,
  bitcoinBorrower,
  flashLoanOrder,
  flashSwapOrder,
  freeLoanOrder,
  orderOf,
  sinkingBorrower,
  twoPoolExit,
} from './support/orders.js'

const SINKING = address(0xb001)
const BTC = address(0xb002)

let bed: ExecutorBed
let manager: Address
let morpho: Address

beforeAll(async () => {
  bed = await startExecutorBed()
  manager = (await deployUniswapV4(bed.admin)).manager.address
  await bed.mint('USDC', manager, whole('USDC', 50_000n))
  await bed.administer('setFactory', [manager, true])
  morpho = (await deployMorpho(bed.admin)).address
  await bed.mint('USDC', morpho, whole('USDC', 50_000n))
  await bed.administer('setLender', [morpho, true])
  await sinkingBorrower(bed, SINKING)
  await bitcoinBorrower(bed, BTC)
  await bed.moveMarket({ WETH: 2_400_00000000n, WBTC: 55_500_00000000n })
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

describe('loans for nothing', () => {
  it('Morpho lends what it has, is paid back to the unit, and is given no standing approval', async () => {
    const before = await bed.balance(bed.token('USDC'), morpho)
    const { executed } = await bed.land(freeLoanOrder(bed, SINKING, 'morpho', morpho, { bidBps: 9_000 }))
    expect(executed?.gross).toBeGreaterThan(0n)
    expect(await bed.balance(bed.token('USDC'), morpho)).toBe(before)
    const usdc = { address: bed.token('USDC'), abi: bed.tokens.USDC.abi }
    expect((await bed.admin.read(usdc, 'allowance', [bed.executor.address, morpho]))[0]).toBe(0n)
  })

  it('only an allowed Morpho, only to who asked, and only with the awaited data', async () => {
    const { abi } = await deployMorpho(bed.admin)
    const steal = abi.encodeFunctionData('flashLoan', [bed.token('USDC'), 1n, '0x'.padEnd(74, '0')]) as Hex
    // it calls back whoever asked: a stranger cannot name us
    expect(await bed.attemptCall(address(0xbad), morpho, steal)).not.toBe('ok')
    const [step] = freeLoanOrder(bed, SINKING, 'morpho', morpho).steps
    if (step?.kind !== 'flashLoan') throw new Error('shape')
    const short = orderOf(bed, [{ ...step, body: step.body.slice(0, 1) }])
    expect(await bed.attempt(short)).not.toBe('ok')
    const twice = orderOf(bed, [{ ...step, body: [{ ...step, body: [] }, ...step.body] }])
    expect(await bed.attempt(twice)).toBe('ok')
    await bed.administer('setLender', [morpho, false])
    expect(await bed.attempt(freeLoanOrder(bed, SINKING, 'morpho', morpho))).toMatch(/^LenderNotAllowed/)
    const forged = callbackData('onMorphoFlashLoan', [1n, '0x'.padEnd(74, '0')])
    expect(await bed.attemptCall(morpho, bed.executor.address, forged)).toMatch(/^NotAwaited/)
  })
})

describe('limits', () => {
  it('the deadline is the last block', async () => {
    const head = Number(await bed.anvil.rpc('eth_blockNumber', []))
    // eth_call on `latest` runs in the head block itself
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { deadlineBlock: head }))).toBe('ok')
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { deadlineBlock: head - 1 }))).toBe(`Expired(${head - 1})`)
  })

  it('the deadline in time is the last second, whatever the block numbers are', async () => {
    const latest = (await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    const now = BigInt(latest.timestamp)
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { deadlineTime: now }))).toBe('ok')
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { deadlineTime: now - 1n }))).toBe(`Expired(${now - 1n})`)
  })

  it('the minimum profit holds after the bid, to the wei', async () => {
    const gross = await bed.grossOf(flashSwapOrder(bed, SINKING))
    const bid = (gross * 9_000n) / 10_000n
    const limits = { bidBps: 9_000, minProfit: gross - bid }
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, limits))).toBe('ok')
    const more = { ...limits, minProfit: gross - bid + 1n }
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, more))).toBe(`ProfitTooLow(${gross}, ${bid})`)
  })

  it('a minimum bid is paid even where the share is less, and never beyond the cap', async () => {
    const gross = await bed.grossOf(flashSwapOrder(bed, SINKING))
    const cap = (gross * 9_500n) / 10_000n
    const { executed } = await landAndUndo({ bidBps: 100, minBidWei: cap })
    expect(executed?.bid).toBe(cap)
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { minBidWei: cap + 1n }))).toBe(`BidTooHigh(${cap + 1n})`)
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { bidBps: 9_501 }))).toMatch(/^BidTooHigh/)
  })

  it('a bid needs the wrapped native token', async () => {
    const steps: Step[] = [
      ...flashSwapOrder(bed, SINKING).steps,
      {
        kind: 'swap',
        pool: bed.pair('WETH', 'USDC', 3_000),
        tokenIn: bed.token('WETH'),
        tokenOut: bed.token('USDC'),
        amountIn: 'all',
        minOut: 1n,
      },
    ]
    const inUsdc = { profitToken: bed.token('USDC') }
    expect(await bed.attempt(orderOf(bed, steps, { ...inUsdc, bidBps: 100 }))).toBe('BadOrder()')
    const { executed } = await bed.land(orderOf(bed, steps, { ...inUsdc, minProfit: whole('USDC', 400n) }))
    expect(executed).toMatchObject({ profitToken: bed.token('USDC'), bid: 0n })
  })

  it('slippage: the limit of the flash swap and the minimum of the swap', async () => {
    const [step] = flashSwapOrder(bed, SINKING).steps
    if (step?.kind !== 'flashSwap') throw new Error('shape')
    const tight = { ...step, limit: whole('WETH', 4n) }
    expect(await bed.attempt(orderOf(bed, [tight]))).toMatch(/^SlippageExceeded/)
    const tokens = [bed.token('WETH'), bed.token('USDC'), bed.token('WBTC')]
    const dear = twoPoolExit(bed, BTC, whole('WETH', 9n))
    expect(await bed.attempt(orderOf(bed, [dear], { tokens }))).toMatch(/^SlippageExceeded/)
    expect(await bed.attempt(orderOf(bed, [twoPoolExit(bed, BTC)], { tokens }))).toBe('ok')
  })

  it('a demanded return word', async () => {
    const target = await bed.deploy('HostileTarget')
    const data = target.abi.encodeFunctionData('trade', [address(0), 0, address(0), 0]) as Hex
    await bed.administer('setTarget', [target.address, data.slice(0, 10), true])
    const call = { kind: 'call', target: target.address, data, approve: null } as const
    const order = (word: bigint) => {
      const { steps, ...rest } = flashSwapOrder(bed, SINKING)
      return { ...rest, steps: [...steps, { ...call, mustReturn: word }] }
    }
    expect(await bed.attempt(order(7n))).toBe('ok')
    expect(await bed.attempt(order(0n))).toMatch(/^WrongReturn/)
  })

  async function landAndUndo(change: Parameters<typeof flashSwapOrder>[2]) {
    const snapshot = await bed.anvil.rpc('evm_snapshot', [])
    const receipt = await bed.land(flashSwapOrder(bed, SINKING, change))
    await bed.anvil.rpc('evm_revert', [snapshot])
    return receipt
  }
})

describe('the check before the work', () => {
  const check = (): HealthCheck => ({
    target: bed.market.pool.address,
    data: POOL_INTERFACE.encodeFunctionData('getUserAccountData', [SINKING]) as Hex,
    word: 5,
    atLeast: 10n ** 18n,
  })

  it('returns at once, cheaply and without a revert, when the position is healthy again', async () => {
    await bed.supply('WETH', SINKING, whole('WETH', 1n))
    const { executed, gasUsed, logs } = await bed.land(flashSwapOrder(bed, SINKING, { check: check() }))
    expect(executed).toBeNull()
    expect(logs.map((l) => bed.executor.abi.parseLog({ ...l, topics: [...l.topics] })?.name)).toEqual([
      'AlreadyHealthy',
    ])
    expect(Number(gasUsed)).toBeLessThan(160_000)
  })

  it('goes on while it is not', async () => {
    const { executed } = await bed.land(flashSwapOrder(bed, SINKING, { check: check() }))
    expect(executed?.gross).toBeGreaterThan(0n)
  })

  it('a check that answers too little is an error of the order', async () => {
    const short = { ...check(), word: 6 }
    expect(await bed.attempt(flashSwapOrder(bed, SINKING, { check: short }))).toBe('BadOrder()')
  })
})

describe('gas on Aave v3.6 and Uniswap v3: WETH collateral, USDC debt, profit in WETH with a bid', () => {
  const INTRINSIC = 21_000 // of a transaction: ours is one, the bare call and the bare swap are two
  let bare: number
  // a second's interest may or may not round to a unit for the treasury, which writes a slot: an hour's always does
  const anHourPasses = () => bed.anvil.rpc('evm_increaseTime', [3600])
  beforeAll(async () => {
    const before = await bed.anvil.rpc('evm_snapshot', [])
    await anHourPasses()
    bare = (await bareLiquidationGas(bed, SINKING)) + (await bareSwapGas(bed)) - INTRINSIC
    await bed.anvil.rpc('evm_revert', [before])
  })

  const byManager: typeof flashLoanOrder = (on, user, change) => freeLoanOrder(on, user, 'uniswapV4', manager, change)
  const byMorpho: typeof flashLoanOrder = (on, user, change) => freeLoanOrder(on, user, 'morpho', morpho, change)
  it.each([
    ['flash swap', flashSwapOrder, 70_000],
    ['Aave flash loan', flashLoanOrder, 110_000],
    ['loan of a Uniswap v4 manager', byManager, 90_000],
    ['loan of Morpho', byMorpho, 90_000],
  ] as const)('%s: at most a bare liquidationCall, a bare swap and the margin', async (name, orderFor, most) => {
    await anHourPasses()
    const { gasUsed, executed } = await bed.land(orderFor(bed, SINKING, { bidBps: 9_000 }))
    expect(executed?.bid).toBeGreaterThan(0n)
    process.stdout.write(`${name}: ${Number(gasUsed) - bare} gas above the bare calls\n`)
    expect(Number(gasUsed) - bare).toBeLessThanOrEqual(most)
    expect(Number(gasUsed) - bare).toBeGreaterThan(0)
  })
})
