import { concat, toBeHex } from 'ethers'
import { toAddress, type Address, type Hex } from '../../../src/domain/chain.js'
import type { Order, Step } from '../../../src/domain/steps.js'
import { abiOrder } from '../../../src/execution/executor/abi-order.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'
import { join, uint } from '../../../src/execution/executor/pack.js'
import { Random } from '../../profit/support/random.js'

const SEED = 4_711
const CASES = 1_500

const random = new Random(SEED)
const hexOf = (bytes: number): Hex => {
  let digits = ''
  for (let i = 0; i < 2 * bytes; i++) digits += random.int(0, 15).toString(16)
  return `0x${digits}`
}
const address = (): Address => toAddress(hexOf(20))
/** Small, of any length, or the largest. */
const figure = (): bigint => {
  const kind = random.next()
  return kind < 0.2 ? BigInt(random.int(0, 2)) : kind < 0.9 ? BigInt(hexOf(random.int(1, 32))) : 2n ** 256n - 1n
}
const data = (): Hex => hexOf(random.pick([0, 1, 4, 31, 32, 33, 64, random.int(0, 900)]))

const drawn = (): Order => ({
  deadlineBlock: random.int(0, 2 ** 48),
  deadlineTime: figure(),
  profitToken: address(),
  minProfit: figure(),
  bidBps: random.int(0, 10_000),
  minBidWei: figure(),
  tokens: Array.from({ length: random.int(0, 9) }, address),
  check: random.next() < 0.5 ? null : { target: address(), data: data(), word: random.int(0, 40), atLeast: figure() },
  steps: [],
})

/** What ethers' coder makes of it. */
const byCoder = (order: Order, steps: Hex): string => {
  const nothing = { target: `0x${'0'.repeat(40)}`, data: '0x', word: 0, atLeast: 0n }
  return executorInterface.encodeFunctionData('execute', [{ ...order, check: order.check ?? nothing, steps }])
}

it(`equals the ABI coder's bytes for ${CASES} random orders, seed ${SEED}`, () => {
  for (let i = 0; i < CASES; i++) {
    const [order, steps] = [drawn(), data()]
    expect([i, abiOrder(order, steps)]).toEqual([i, byCoder(order, steps)])
  }
})

it(`packs figures as ethers does (${CASES} cases, seed ${SEED})`, () => {
  for (let i = 0; i < CASES; i++) {
    const bytes = random.int(1, 32)
    const parts = Array.from({ length: random.int(0, 5) }, () => BigInt(hexOf(bytes)))
    expect([i, join(parts.map((one) => uint(one, bytes)))]).toEqual([
      i,
      concat(parts.map((one) => toBeHex(one, bytes))),
    ])
  }
})

it.each([
  ['a negative figure', { minBidWei: -1n }],
  ['more than 256 bits', { minProfit: 2n ** 256n }],
  ['half a basis point', { bidBps: 0.5 }],
  ['a short address', { profitToken: '0x1234' as Address }],
  ['text', { check: { target: toAddress(hexOf(20)), data: '0xzz' as Hex, word: 0, atLeast: 0n } }],
  ['half a byte', { check: { target: toAddress(hexOf(20)), data: '0x123' as Hex, word: 0, atLeast: 0n } }],
] as [string, Partial<Order>][])('refuses %s as the coder does', (_, change) => {
  const order = { ...drawn(), ...change }
  expect(() => abiOrder(order, '0x')).toThrow(/order cannot be executed/)
  expect(() => byCoder(order, '0x')).toThrow()
})

it('tells what it takes beside the coder alone', () => {
  const [WETH, USDC] = [address(), address()]
  const call = { kind: 'call', target: address(), data: hexOf(164), mustReturn: null } as const
  const swap: Step = {
    ...{ kind: 'flashSwap', pool: address(), tokenIn: WETH, tokenOut: USDC, mode: 'exactOut' },
    ...{
      amount: 10n ** 10n,
      limit: 5n * 10n ** 18n,
      body: [{ ...call, approve: { token: USDC, amount: 10n ** 10n } }],
    },
  }
  const order: Order = { ...drawn(), minProfit: 1n, deadlineTime: 1n, deadlineBlock: 1, check: null, steps: [swap] }
  const usual = { ...order, profitToken: WETH, tokens: [WETH, USDC] }
  const packed = (executorInterface.decodeFunctionData('execute', encodeOrder(usual))[0] as { steps: Hex }).steps
  const microseconds = (work: () => unknown): number => {
    for (let i = 0; i < 50; i++) work()
    const start = process.hrtime.bigint()
    for (let i = 0; i < 300; i++) work()
    return Number(process.hrtime.bigint() - start) / 300_000
  }
  const [direct, coder] = [microseconds(() => encodeOrder(usual)), microseconds(() => byCoder(usual, packed))]
  process.stdout.write(`an order: ${direct.toFixed(1)} µs with its steps, by the coder alone ${coder.toFixed(1)} µs\n`)
  expect(encodeOrder(usual)).toBe(byCoder(usual, packed))
})
