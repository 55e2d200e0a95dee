import { concat, getAddress, toBeHex } from 'ethers'
import type { Hex } from '../../src/domain/chain.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import {
  BORROWER,
  STRANGER,
  ZERO,
  callbackData,
  compiledAbi,
  loanCallback,
  startAttackBed,
  type AttackBed,
} from './support/attackers.js'
import { undoAfterEach } from './support/executor-bed.js'
import { flashSwapOrder, orderOf } from './support/orders.js'

let bed: AttackBed

beforeAll(async () => {
  bed = await startAttackBed()
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

const EMPTY = `0x${'00'.repeat(80)}`
const CALLBACKS = {
  uniswapV3SwapCallback: [1n, -1n, EMPTY],
  pancakeV3SwapCallback: [1n, -1n, EMPTY],
  uniswapV2Call: [ZERO, 1n, 0n, EMPTY],
  pancakeCall: [ZERO, 1n, 0n, EMPTY],
  unlockCallback: [EMPTY],
  onMorphoFlashLoan: [1n, EMPTY],
  executeOperation: [ZERO, 1n, 0n, ZERO, EMPTY],
  attempt: ['0x'],
}

describe('a stranger', () => {
  it('can call nothing, and an operator nothing of the owner', async () => {
    const at = bed.executor.address
    const order = encodeOrder(flashSwapOrder(bed, BORROWER))
    expect(await bed.attemptCall(STRANGER, at, order)).toBe(`NotOperator(${getAddress(STRANGER)})`)
    for (const [name, args] of Object.entries(CALLBACKS))
      expect(await bed.attemptCall(STRANGER, at, callbackData(name, args))).toMatch(/^NotAwaited/)
    for (const [name, args] of Object.entries(ownerCalls()))
      for (const from of [STRANGER, bed.operator]) {
        const outcome = await bed.attemptCall(from, at, callbackData(name, args))
        expect([name, outcome]).toEqual([name, `OwnableUnauthorizedAccount(${getAddress(from)})`])
      }
  })

  it('every function that changes anything is called in the test above', () => {
    const changing: string[] = []
    compiledAbi().forEachFunction((f) => {
      if (!f.constant) changing.push(f.name)
    })
    // acceptOwnership is OpenZeppelin's and the pending owner's
    const called = [...Object.keys(ownerCalls()), ...Object.keys(CALLBACKS), 'execute', 'acceptOwnership']
    expect(changing.sort()).toEqual(called.sort())
  })

  it('cannot make the real lender call back: the initiator is his', async () => {
    const payload = concat([bed.token('USDC'), toBeHex(1_000n, 16)])
    const data = bed.market.pool.abi.encodeFunctionData('flashLoanSimple', [
      bed.executor.address,
      bed.token('USDC'),
      1_000n,
      payload,
      0,
    ])
    expect(await bed.attemptCall(STRANGER, bed.market.pool.address, data as Hex)).toMatch(/^NotAwaited/)
  })

  it('cannot pretend to be the lender or a pool, with or without us as initiator', async () => {
    const forged = loanCallback(bed.token('USDC'), bed.executor.address)
    expect(await bed.attemptCall(STRANGER, bed.executor.address, forged)).toMatch(/^NotAwaited/)
    // not even from the real ones' addresses while nothing is awaited
    expect(await bed.attemptCall(bed.market.pool.address, bed.executor.address, forged)).toMatch(/^NotAwaited/)
    const swap = callbackData('uniswapV3SwapCallback', [1n, -1n, EMPTY])
    const pool = bed.pair('WETH', 'USDC', 500)
    expect(await bed.attemptCall(pool, bed.executor.address, swap)).toMatch(/^NotAwaited/)
  })

  it('gains nothing by calling in the middle of an order', async () => {
    const attacks: Record<string, Hex> = {
      ReentrancyGuardReentrantCall: encodeOrder(orderOf(bed, [bed.gift()])),
      NotAwaited: loanCallback(bed.token('WETH'), bed.executor.address),
    }
    await bed.administer('setOperator', [bed.target.address, true])
    for (const [error, data] of Object.entries(attacks)) {
      await bed.admin.send(bed.target, 'setHook', [bed.executor.address, data])
      await bed.land(orderOf(bed, [bed.gift()]))
      expect(await bed.hookError(bed.target)).toBe(error)
    }
  })

  it('cannot stop an order or bend its profit by gifts', async () => {
    for (const symbol of ['WETH', 'USDC'] as const) await bed.mint(symbol, bed.executor.address, 12_345n)
    await bed.anvil.rpc('anvil_setBalance', [bed.executor.address, '0x7b']) // as selfdestruct would
    const quiet = await bed.grossOf(flashSwapOrder(bed, BORROWER))
    const paid = await bed.balance(bed.token('WETH'), bed.payout)
    const { executed } = await bed.land(flashSwapOrder(bed, BORROWER, { bidBps: 9_000 }))
    expect(executed?.gross).toBe(quiet)
    expect(await bed.balance(bed.token('WETH'), bed.payout)).toBe(paid + quiet - (quiet * 9_000n) / 10_000n)
    // the gifts are where they were, for the owner alone
    expect(await bed.balance(bed.token('WETH'), bed.executor.address)).toBe(12_345n)
    expect(await bed.balance(bed.token('USDC'), bed.executor.address)).toBe(12_345n)
    await bed.administer('rescue', [bed.token('WETH'), STRANGER, 12_345n])
    await bed.administer('rescue', [ZERO, STRANGER, 123n])
    expect(await bed.balance(bed.token('WETH'), STRANGER)).toBe(12_345n)
    expect(await bed.ether(bed.executor.address)).toBe(0n)
  })

  it('a gift in the middle of an order only makes it richer', async () => {
    const { steps, ...rest } = flashSwapOrder(bed, BORROWER, { bidBps: 5_000 })
    const quiet = await bed.grossOf({ ...rest, steps })
    const { executed } = await bed.land({ ...rest, steps: [...steps, bed.gift(77n)] })
    expect(executed?.gross).toBeGreaterThanOrEqual(quiet + 77n)
  })

  it('cannot send ether by an ordinary transfer', async () => {
    const data: Hex = '0x'
    expect(await bed.attemptCall(bed.operator, bed.executor.address, data)).toMatch(/^BadAddress/)
  })
})

function ownerCalls(): Record<string, readonly unknown[]> {
  return {
    setPayout: [STRANGER],
    setMaxBid: [1],
    setOperator: [STRANGER, true],
    setTarget: [STRANGER, '0x12345678', true],
    setFactory: [STRANGER, true],
    setLender: [STRANGER, true],
    rescue: [bed.token('WETH'), STRANGER, 1n],
    transferOwnership: [STRANGER],
    renounceOwnership: [],
  }
}
