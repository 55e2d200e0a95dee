import type { Address, Hex } from '../../domain/chain.js'
import type { FlashSwapStep, FlashVia, SwapStep } from '../../domain/steps.js'
import { MAX_UINT128, addressBytes, join, requireListed, sized, uint, uint128, uint24 } from './pack.js'
import { CURVE_EXCHANGE } from './venue-permissions.js'

// kind | flags, as in contracts/*Steps.sol
const CALL = 0x01
const SWAP = 0x02
const PAIR = 0x04
const MANAGED = 0x05
const UNWRAP = 0x06
const EXACT_OUT = 0x10
const ALL = 0x20
const NATIVE = 0x40
const APPROVE = 0x10
const SPEND = 0x40
const REDEEM = 0x10
/** Of `exchange`, the argument that is the amount. */
const CURVE_AMOUNT = 2

type Listed = ReadonlySet<Address>
type Ends = Pick<SwapStep, 'pool' | 'tokenIn' | 'tokenOut'>

/** A swap of a fixed amount or of all that is there. Throws `KeeperError('bad-order')` for what the contract refuses. */
export function encodeSwap(step: SwapStep, listed: Listed): Hex {
  requireListed(listed, step.tokenIn)
  requireListed(listed, step.tokenOut)
  if (step.via?.kind === 'curve') return curve(step, step.via.places)
  if (step.via?.kind === 'unwrap') return unwrap(step, step.via.by)
  const all = step.amountIn === 'all'
  return pooled(all ? ALL : 0, step, step.via, amountOf(step), step.minOut, '0x')
}

/** A swap that is paid after its body, `body` being the encoded steps. */
export function encodeFlashSwap(step: FlashSwapStep, body: Hex, listed: Listed): Hex {
  requireListed(listed, step.tokenIn)
  requireListed(listed, step.tokenOut)
  return step.mode === 'exactOut'
    ? pooled(EXACT_OUT, step, step.via, step.limit, step.amount, body)
    : pooled(0, step, step.via, step.amount, step.limit, body)
}

function pooled(flags: number, step: Ends, via: FlashVia | undefined, maxIn: bigint, minOut: bigint, body: Hex): Hex {
  const ends = [addressBytes(step.tokenIn), uint128(maxIn, 'amount in'), uint128(minOut, 'amount out')]
  const payload = join([...ends, ...nameOf(via), body])
  return join([uint(kindOf(via) | flags, 1), addressBytes(step.pool), addressBytes(step.tokenOut), sized(payload)])
}

function kindOf(via: FlashVia | undefined): number {
  if (via === undefined) return SWAP
  if (via.kind === 'uniswapV2') return PAIR
  return via.native === true ? MANAGED | NATIVE : MANAGED
}

function nameOf(via: FlashVia | undefined): readonly Hex[] {
  if (via === undefined) return []
  const fee = uint24(via.fee, 'a fee')
  return via.kind === 'uniswapV2' ? [fee] : [fee, uint24(via.tickSpacing, 'a tick spacing')]
}

function curve(step: SwapStep, [first, second]: readonly [number, number]): Hex {
  const amount = uint128(amountOf(step), 'amount in')
  const minOut = BigInt(uint128(step.minOut, 'amount out'))
  const [sold, bought] = step.tokenIn < step.tokenOut ? [first, second] : [second, first]
  const args = [sold, bought, BigInt(amount), minOut].map((value) => uint(value, 32))
  const call = [addressBytes(step.pool), sized(join([CURVE_EXCHANGE, ...args])), addressBytes(step.tokenIn), amount]
  return step.amountIn === 'all'
    ? join([uint(CALL | APPROVE | SPEND, 1), ...call, uint(CURVE_AMOUNT, 1)])
    : join([uint(CALL | APPROVE, 1), ...call])
}

function unwrap(step: SwapStep, by: 'redeem' | 'unwrap'): Hex {
  const op = UNWRAP | (by === 'redeem' ? REDEEM : 0) | (step.amountIn === 'all' ? ALL : 0)
  const amounts = [uint128(amountOf(step), 'amount in'), uint128(step.minOut, 'amount out')]
  return join([uint(op, 1), addressBytes(step.tokenIn), addressBytes(step.tokenOut), ...amounts])
}

const amountOf = ({ amountIn }: SwapStep): bigint => (amountIn === 'all' ? MAX_UINT128 : amountIn)
