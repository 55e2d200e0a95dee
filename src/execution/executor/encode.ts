import type { Address, Hex } from '../../domain/chain.js'
import type { AttemptStep, CallStep, ExpectStep, FlashLoanStep, FreeVia, Order, Step } from '../../domain/steps.js'
import { abiOrder } from './abi-order.js'
import { encodeFlashSwap, encodeSwap } from './encode-swap.js'
import { addressBytes, badOrder, join, requireListed, sized, uint, uint128, uint24, uint8 } from './pack.js'

// kind | flags, as in contracts/CallSteps.sol, LoanSteps.sol, ManagerSteps.sol and AttemptSteps.sol
const CALL = 0x01
const LOAN = 0x03
const BORROW = 0x07
const LEND = 0x08
const ATTEMPT = 0x09
const EXPECT = 0x0a
const APPROVE = 0x10
const MUST_RETURN = 0x20
const BELOW = 0x10
const NATIVE = 0x40

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
  return abiOrder(order, encodeSteps(order.steps, listed))
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
      return encodeFlashSwap(step, encodeSteps(step.body, listed), listed)
    case 'flashLoan':
      return encodeFlashLoan(step, listed)
    case 'attempt':
      return encodeAttempt(step, listed)
    case 'expect':
      return encodeExpect(step)
  }
}

function encodeCall(step: CallStep, listed: ReadonlySet<Address>): Hex {
  const parts: Hex[] = [addressBytes(step.target), sized(step.data)]
  let op = CALL
  if (step.approve) {
    requireListed(listed, step.approve.token)
    op |= APPROVE
    parts.push(addressBytes(step.approve.token), uint128(step.approve.amount, 'approve'))
  }
  if (step.mustReturn !== null) {
    op |= MUST_RETURN
    parts.push(uint(step.mustReturn, 32))
  }
  return join([uint(op, 1), ...parts])
}

function encodeFlashLoan(step: FlashLoanStep, listed: ReadonlySet<Address>): Hex {
  requireListed(listed, step.token)
  const payload = join([addressBytes(step.token), uint128(step.amount, 'loan'), encodeSteps(step.body, listed)])
  return join([uint(loanOp(step.via), 1), addressBytes(step.lender), sized(payload)])
}

function loanOp(via: FreeVia | undefined): number {
  switch (via) {
    case undefined:
      return LOAN
    case 'morpho':
      return LEND
    case 'uniswapV4':
      return BORROW
    case 'uniswapV4Native':
      return BORROW | NATIVE
  }
}

function encodeAttempt({ number, gas, body }: AttemptStep, listed: ReadonlySet<Address>): Hex {
  if (gas <= 0n) throw badOrder('an attempt without gas does nothing')
  if (body.length === 0) throw badOrder('an attempt without steps does nothing')
  const head = [uint(ATTEMPT, 1), uint8(number, 'an attempt'), uint24(Number(gas), 'the gas of an attempt')]
  return join([...head, sized(encodeSteps(body, listed))])
}

function encodeExpect({ target, data, word, bound, limit }: ExpectStep): Hex {
  const op = EXPECT | (bound === 'below' ? BELOW : 0)
  return join([
    ...[uint(op, 1), addressBytes(target), sized(data)],
    ...[uint8(word, 'a word'), uint128(limit, 'what is expected')],
  ])
}
