import { getBytes, type Result } from 'ethers'
import { toAddress, type Address, type Hex } from '../../../src/domain/chain.js'
import type { CallStep, Order, Step } from '../../../src/domain/steps.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'

const address = (n: number): Address => toAddress(`0x${n.toString(16).padStart(40, '0')}`)
const [A, B, POOL, LENDER, MARKET] = [1, 2, 3, 4, 5].map(address) as [Address, Address, Address, Address, Address]

const liquidate: CallStep = {
  kind: 'call',
  target: MARKET,
  data: '0x00a718a9aa',
  approve: { token: B, amount: 5n },
  mustReturn: null,
}
const order = (steps: readonly Step[], change: Partial<Order> = {}): Order => ({
  deadlineBlock: 100,
  deadlineTime: 1_000n,
  profitToken: A,
  minProfit: 1n,
  bidBps: 9_000,
  minBidWei: 2n,
  tokens: [A, B],
  check: null,
  steps,
  ...change,
})
const stepsOf = (made: Order): Hex => {
  const [decoded] = executorInterface.decodeFunctionData('execute', encodeOrder(made)).toArray() as [{ steps: Hex }]
  return decoded.steps
}
const words = (...parts: string[]): string => `0x${parts.map((p) => p.replace(/^0x/, '')).join('')}`
const amount = (n: number): string => n.toString(16).padStart(32, '0')

describe('encodeOrder', () => {
  it('packs a flash swap around a call, as the contract documents it', () => {
    const flash: Step = {
      kind: 'flashSwap',
      pool: POOL,
      tokenIn: A,
      tokenOut: B,
      mode: 'exactOut',
      amount: 5n,
      limit: 9n,
      body: [liquidate],
    }
    const body = words('11', MARKET, '000005', '00a718a9aa', B, amount(5))
    const payload = words(A, amount(9), amount(5), body)
    expect(stepsOf(order([flash]))).toBe(
      words('12', POOL, B, getBytes(payload).length.toString(16).padStart(6, '0'), payload),
    )
    const exactIn = words('02', POOL, B, '000034', A, amount(5), amount(9))
    expect(stepsOf(order([{ ...flash, mode: 'exactIn', body: [] }]))).toBe(exactIn)
  })

  it('packs a loan, a swap of everything and a demanded return word', () => {
    const loan: Step = { kind: 'flashLoan', lender: LENDER, token: B, amount: 7n, body: [] }
    const swap: Step = { kind: 'swap', pool: POOL, tokenIn: B, tokenOut: A, amountIn: 'all', minOut: 3n }
    const call: Step = { ...liquidate, approve: null, mustReturn: 0n }
    expect(stepsOf(order([loan, swap, call]))).toBe(
      words(
        words('03', LENDER, '000024', B, amount(7)),
        words('22', POOL, A, '000034', B, 'f'.repeat(32), amount(3)),
        words('21', MARKET, '000005', '00a718a9aa', '00'.repeat(32)),
      ),
    )
  })

  it('marks pools and loans of native ether, for which a token stands', () => {
    const via = { kind: 'uniswapV4', fee: 500, tickSpacing: 10 } as const
    const ends = { pool: POOL, tokenIn: A, tokenOut: B } as const
    const swap: Step = { kind: 'swap', ...ends, via: { ...via, native: true }, amountIn: 'all', minOut: 3n }
    const flash: Step = {
      ...{ kind: 'flashSwap', ...ends, via: { ...via, native: true } },
      ...{ mode: 'exactOut', amount: 5n, limit: 9n, body: [] },
    }
    const loan: Step = { kind: 'flashLoan', lender: LENDER, via: 'uniswapV4Native', token: A, amount: 7n, body: [] }
    const shape = '0001f400000a'
    expect(stepsOf(order([swap, { ...swap, via }, flash, loan, { ...loan, via: 'uniswapV4' }]))).toBe(
      words(
        words('65', POOL, B, '00003a', A, 'f'.repeat(32), amount(3), shape),
        words('25', POOL, B, '00003a', A, 'f'.repeat(32), amount(3), shape),
        words('55', POOL, B, '00003a', A, amount(9), amount(5), shape),
        words('47', LENDER, '000024', A, amount(7)),
        words('07', LENDER, '000024', A, amount(7)),
      ),
    )
  })

  it('packs an attempt around its steps, and what is expected before them', () => {
    const look = { kind: 'expect', target: MARKET, data: '0x1234', word: 5, limit: 7n } as const
    const attempt: Step = {
      ...{ kind: 'attempt', number: 3, gas: 500_000n },
      body: [{ ...look, bound: 'below' }, { ...look, bound: 'atLeast' }, liquidate],
    }
    const read = [MARKET, '000002', '1234', '05', amount(7)]
    const body = words('1a', ...read, '0a', ...read, '11', MARKET, '000005', '00a718a9aa', B, amount(5))
    const length = getBytes(body).length.toString(16).padStart(6, '0')
    expect(stepsOf(order([attempt]))).toBe(words('09', '03', '07a120', length, body))
  })

  it('keeps every field of the header', () => {
    const check = { target: MARKET, data: '0x1234' as Hex, word: 5, atLeast: 10n ** 18n }
    const data = encodeOrder(order([liquidate], { check }))
    const header = (executorInterface.decodeFunctionData('execute', data)[0] as Result).toObject()
    expect(header).toMatchObject({
      deadlineBlock: 100n,
      deadlineTime: 1_000n,
      minProfit: 1n,
      bidBps: 9_000n,
      minBidWei: 2n,
    })
    expect((header['check'] as Result).toObject()).toMatchObject({ data: '0x1234', word: 5n, atLeast: 10n ** 18n })
  })

  const swap: Step = { kind: 'swap', pool: POOL, tokenIn: B, tokenOut: A, amountIn: 4n, minOut: 3n }
  it.each([
    ['no minimum output', [{ ...swap, minOut: 0n }], {}, /amount out/],
    ['no input', [{ ...swap, amountIn: 0n }], {}, /amount in/],
    ['more than 128 bits', [{ ...swap, amountIn: 2n ** 128n }], {}, /2\^128/],
    ['an unlisted token', [{ ...swap, tokenIn: LENDER }], {}, /not in tokens/],
    ['an unlisted approval', [{ ...liquidate, approve: { token: LENDER, amount: 1n } }], {}, /not in tokens/],
    ['an unlisted profit token', [swap], { profitToken: LENDER }, /not in tokens/],
    ['a token listed twice', [swap], { tokens: [A, B, A] }, /twice/],
    ['no minimum profit', [swap], { minProfit: 0n }, /minProfit/],
    ['no steps', [], {}, /without steps/],
    ['no deadline', [swap], { deadlineBlock: 0 }, /deadlineBlock/],
    ['an attempt of nothing', [{ kind: 'attempt', number: 0, gas: 1n, body: [] }], {}, /without steps/],
    ['an attempt without gas', [{ kind: 'attempt', number: 0, gas: 0n, body: [swap] }], {}, /without gas/],
    ['too much gas', [{ kind: 'attempt', number: 0, gas: 2n ** 24n, body: [swap] }], {}, /gas of an attempt/],
    ['the 257th attempt', [{ kind: 'attempt', number: 256, gas: 1n, body: [swap] }], {}, /256 does not fit/],
    ['no deadline in time', [swap], { deadlineTime: 0n }, /deadlineTime/],
  ] as [string, Step[], Partial<Order>, RegExp][])('refuses %s', (_, steps, change, message) => {
    expect(() => encodeOrder(order(steps, change))).toThrow(message)
  })
})
