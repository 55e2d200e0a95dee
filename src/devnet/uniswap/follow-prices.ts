import type { Address, Hex } from '../../domain/chain.js'
import { PoolSlots, poolIdOf } from '../../profit/uniswap-v4/pool-id.js'
import { loadSlot, slot0Of } from '../../profit/uniswap-v4/probe.js'
import type { Rpc } from '../rpc.js'
import type { Tokens } from '../tokens.js'
import { sqrtPriceAt, type EtherPool, type Prices, type Uniswap, type UniswapPool } from './deploy.js'
import { ETHER_SENT, etherPrice } from './ether-pool.js'

/** A transaction that an unlocked account sends. */
export interface Transaction {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
  readonly gas: Hex
  readonly value?: Hex
}

/**
 * What arbitrage does in a real market once a feed moves: one swap per pool whose price is not the feeds', by the market
 * maker, that ends exactly at the feeds' price. Pools that are within `toleranceBps` stay as they are.
 */
export async function arbitrageTo(
  rpc: Rpc,
  uniswap: Uniswap,
  tokens: Tokens,
  prices: Prices,
  toleranceBps = 1n,
): Promise<Transaction[]> {
  const transactions: Transaction[] = []
  for (const pool of uniswap.pools) {
    const target = sqrtPriceAt(pool.token0, pool.token1, prices)
    const now = await currentSqrtPrice(rpc, pool)
    if (isNear(now, target, toleranceBps)) continue
    transactions.push(swapTo(uniswap, tokens, pool, target, now))
  }
  const { ether } = uniswap
  return ether === null ? transactions : [...transactions, ...(await arbitrageEther(rpc, ether, prices, toleranceBps))]
}

/** The price moves by twice as much as its square root. */
function isNear(now: bigint, target: bigint, toleranceBps: bigint): boolean {
  const gap = now > target ? now - target : target - now
  return gap * 20_000n <= target * toleranceBps
}

export async function currentSqrtPrice(rpc: Rpc, { contract }: UniswapPool): Promise<bigint> {
  const call = { to: contract.address, data: contract.abi.encodeFunctionData('slot0') }
  const [sqrtPrice] = contract.abi.decodeFunctionResult('slot0', (await rpc('eth_call', [call, 'latest'])) as string)
  return sqrtPrice as bigint
}

function swapTo(uniswap: Uniswap, tokens: Tokens, pool: UniswapPool, target: bigint, now: bigint): Transaction {
  const [tokenIn, tokenOut] = target < now ? [pool.token0, pool.token1] : [pool.token1, pool.token0]
  // far more than it takes: the price limit ends the swap, and the router takes only what was swapped
  const amountIn = 2n ** 120n
  const path = [tokens[tokenIn].address, tokens[tokenOut].address, pool.fee]
  const swap = [...path, uniswap.maker, 2n ** 40n, amountIn, 0n, target]
  const data = uniswap.router.abi.encodeFunctionData('exactInputSingle', [swap]) as Hex
  return { from: uniswap.maker, to: uniswap.router.address, data, gas: '0x989680' }
}

/** The swap that brings the pool to these prices; none where it is within `toleranceBps`. */
async function arbitrageEther(
  rpc: Rpc,
  pool: EtherPool,
  prices: Prices,
  toleranceBps: bigint,
): Promise<readonly Transaction[]> {
  const [target, now] = [etherPrice(prices), await etherSqrtPrice(rpc, pool)]
  if (isNear(now, target, toleranceBps)) return []
  const swap = [pool.key, [target < now, -(2n ** 79n), target], [false, false], '0x']
  const data = pool.swaps.abi.encodeFunctionData('swap', swap) as Hex
  const value: Hex = `0x${ETHER_SENT.toString(16)}`
  return [{ from: pool.maker, to: pool.swaps.address, data, gas: '0x989680', value }]
}

/** √price as it stands, out of the manager's storage. */
export async function etherSqrtPrice(rpc: Rpc, { manager, key }: EtherPool): Promise<bigint> {
  const [token0, token1, fee, tickSpacing] = key
  const slot0 = new PoolSlots(poolIdOf({ token0, token1, fee, tickSpacing })).slot0()
  const [sqrtPrice = 0n] = slot0Of(
    BigInt((await rpc('eth_call', [loadSlot(manager.address, slot0), 'latest'])) as string),
  )
  return sqrtPrice
}
