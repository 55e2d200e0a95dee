import { Interface } from 'ethers'
import { UNISWAP_V3_ROUTER } from '../../abis/uniswap-v3-router.js'
import type { Address, Hex } from '../domain/chain.js'
import type { AgentCall } from './venue.js'

const ROUTER = new Interface(UNISWAP_V3_ROUTER)

export interface SaleOrder {
  readonly router: Address
  readonly tokenIn: Address
  readonly tokenOut: Address
  readonly fee: number
  readonly recipient: Address
  readonly deadline: bigint
  readonly amountIn: bigint
  readonly minOut: bigint
}

/** A sale with exact input through one Uniswap v3 pool. */
export function encodeSale(order: SaleOrder): AgentCall {
  const { router, tokenIn, tokenOut, fee, recipient, deadline, amountIn, minOut } = order
  const params = [tokenIn, tokenOut, fee, recipient, deadline, amountIn, minOut, 0n]
  return { to: router, data: ROUTER.encodeFunctionData('exactInputSingle', [params]) as Hex }
}
