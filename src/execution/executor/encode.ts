import { concat, toBeHex, ZeroAddress } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import type { CallStep, FlashLoanStep, FlashSwapStep, Order, Step, SwapStep } from '../../domain/steps.js'
import { executorInterface } from './interface.js'

// kind | flags, as in contracts/LiquidationExecutor.sol
const CALL = 0x01
const SWAP = 0x02
const LOAN = 0x03
const APPROVE = 0x10
const MUST_RETURN = 0x20
const EXACT_OUT = 0x10
const ALL = 0x20
const MAX_UINT128 = 2n ** 128n - 1n

/**
 * Calldata of `LiquidationExecutor.execute` for an order. Throws `KeeperError('bad-order')` for an order that the contract
 * would refuse whatever the chain's state: a zero limit or minimum, a token that is moved but not listed or listed twice,
 * a bid in another token than the profit's, an amount beyond 128 bits.
 */
export function encodeOrder(order: Order): Hex {
  if (order.minProfit <= 0n) throw badOrder('minProfit must be above zero')
  if (order.deadlineBlock <= 0) throw badOrder('deadlineBlock must be above zero')
  if (order.deadlineTime <= 0n) throw badOrder('deadlineTime must be above zero')
  if (order.steps.length === 0) throw badOrder('an order without steps gains nothing')
  const listed = new Set(order.tokens)
  if (listed.size !== order.tokens.length) throw badOrder('tokens holds one token twice')
  requireListed(listed, order.profitToken)
  const data = executorInterface.encodeFunctionData('execute', [
    {
      ...order,
      check: order.check ?? { target: ZeroAddress, data: '0x', word: 0, atLeast: 0n },
      steps: encodeSteps(order.steps, listed),
    },
  ])
  return data as Hex
}

function encodeSteps(steps: readonly Step[], listed: ReadonlySet<Address>): Hex {
  return join(steps.map((step) => encodeStep(step, listed)))
}

function encodeStep(step: Step, listed: ReadonlySet<Address>): Hex {
  switch (step.kind) {
    case 'call':
      return encodeCall(step, listed)
    case 'swap':
      return encodeSwap(step, listed)
    case 'flashSwap':
      return encodeFlashSwap(step, listed)
    case 'flashLoan':
      return encodeFlashLoan(step, listed)
  }
}

function encodeCall(step: CallStep, listed: ReadonlySet<Address>): Hex {
  const parts: Hex[] = [step.target, sized(step.data)]
  let op = CALL
  if (step.approve) {
    requireListed(listed, step.approve.token)
    op |= APPROVE
    parts.push(step.approve.token, uint128(step.approve.amount, 'approve'))
  }
  if (step.mustReturn !== null) {
    op |= MUST_RETURN
    parts.push(uint(step.mustReturn, 32))
  }
  return join([uint(BigInt(op), 1), ...parts])
}

function encodeSwap(step: SwapStep, listed: ReadonlySet<Address>): Hex {
  const all = step.amountIn === 'all'
  const maxIn = step.amountIn === 'all' ? MAX_UINT128 : step.amountIn
  return swap(all ? SWAP | ALL : SWAP, step, maxIn, step.minOut, '0x', listed)
}

function encodeFlashSwap(step: FlashSwapStep, listed: ReadonlySet<Address>): Hex {
  const body = encodeSteps(step.body, listed)
  return step.mode === 'exactOut'
    ? swap(SWAP | EXACT_OUT, step, step.limit, step.amount, body, listed)
    : swap(SWAP, step, step.amount, step.limit, body, listed)
}

function swap(
  op: number,
  step: { readonly pool: Address; readonly tokenIn: Address; readonly tokenOut: Address },
  maxIn: bigint,
  minOut: bigint,
  body: Hex,
  listed: ReadonlySet<Address>,
): Hex {
  requireListed(listed, step.tokenIn)
  requireListed(listed, step.tokenOut)
  const payload = join([step.tokenIn, uint128(maxIn, 'amount in'), uint128(minOut, 'amount out'), body])
  return join([uint(BigInt(op), 1), step.pool, step.tokenOut, sized(payload)])
}

function encodeFlashLoan(step: FlashLoanStep, listed: ReadonlySet<Address>): Hex {
  requireListed(listed, step.token)
  const payload = join([step.token, uint128(step.amount, 'loan'), encodeSteps(step.body, listed)])
  return join([uint(BigInt(LOAN), 1), step.lender, sized(payload)])
}

/** The bytes behind their length in three bytes. */
function sized(data: Hex): Hex {
  const length = BigInt((data.length - 2) / 2)
  if (length >= 1n << 24n) throw badOrder(`a step of ${length} bytes does not fit`)
  return join([uint(length, 3), data])
}

function requireListed(listed: ReadonlySet<Address>, token: Address): void {
  if (!listed.has(token)) throw badOrder(`token ${token} is moved but not in tokens`)
}

function uint128(value: bigint, what: string): Hex {
  if (value <= 0n || value > MAX_UINT128) throw badOrder(`${what} must be above zero and below 2^128, not ${value}`)
  return uint(value, 16)
}

const uint = (value: bigint, bytes: number): Hex => toBeHex(value, bytes) as Hex
const join = (parts: readonly Hex[]): Hex => concat(parts) as Hex
const badOrder = (detail: string): KeeperError => new KeeperError('bad-order', `order cannot be executed: ${detail}`)
