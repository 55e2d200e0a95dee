import { foundryArtifact } from '../../../src/devnet/artifacts/package-artifact.js'
import type { Contract, Deployer } from '../../../src/devnet/deployer.js'
import type { Address } from '../../../src/domain/chain.js'
import { amount0Between, amount1Between } from '../../../src/profit/uniswap-v3/price-moves.js'
import { sqrtPriceAtTick } from '../../../src/profit/uniswap-v3/tick-price.js'
import { ETHER, NO_HOOKS } from '../../../src/profit/uniswap-v4/pool-id.js'
import type { Random } from './random.js'

const LOTS = 10n ** 40n
/** Sent along where the pool takes ether; what is not taken comes back. */
const ETHER_SENT = 10n ** 37n

/** The package ships the real manager compiled. */
const artifact = (name: string) => foundryArtifact('@uniswap/v4-core', name)

export interface UniswapV4 {
  readonly on: Deployer
  readonly manager: Contract
  readonly liquidity: Contract
  readonly swaps: Contract
}

export interface V4Shape {
  readonly fee: number
  readonly tickSpacing: number
}

export async function deployUniswapV4(on: Deployer): Promise<UniswapV4> {
  const manager = await on.deploy(artifact('PoolManager'), [on.from])
  const [liquidity, swaps] = [
    await on.deploy(artifact('PoolModifyLiquidityTest'), [manager.address]),
    await on.deploy(artifact('PoolSwapTest'), [manager.address]),
  ]
  await on.send(manager, 'setProtocolFeeController', [on.from])
  return { on, manager, liquidity, swaps }
}

export async function approveAll({ on, liquidity, swaps }: UniswapV4, token: Contract): Promise<void> {
  for (const spender of [liquidity, swaps]) await on.send(token, 'approve', [spender.address, LOTS])
}

export const keyOf = (pair: readonly [Address, Address], { fee, tickSpacing }: V4Shape) => {
  const [token0, token1] = pair[0] < pair[1] ? pair : [pair[1], pair[0]]
  return [token0, token1, fee, tickSpacing, NO_HOOKS] as const
}
type Key = ReturnType<typeof keyOf>

/** The key of the pool of native ether and `token`. */
export const nativeKeyOf = (token: Address, shape: V4Shape): Key => keyOf([ETHER, token], shape)

/** What a call about this pool has to bring. */
const sent = (key: Key): { readonly value?: bigint } => (key[0] === ETHER ? { value: ETHER_SENT } : {})

/** Ether for any call to `sent`. */
export const fundEther = ({ on }: UniswapV4): Promise<unknown> =>
  on.rpc('anvil_setBalance', [on.from, `0x${LOTS.toString(16)}`])

/** A pool at `tick` with positions scattered around it, worth about `scale` to a hundred times `scale` of token0 each. */
export async function openManaged(
  v4: UniswapV4,
  key: Key,
  { tick, scale, positions }: { readonly tick: number; readonly scale: number; readonly positions: number },
  random: Random,
): Promise<void> {
  await v4.on.send(v4.manager, 'initialize', [key, sqrtPriceAtTick(tick)])
  const spacing = key[3]
  const reach = Math.max(20, Math.floor(3_000 / spacing))
  const centre = Math.floor(tick / spacing)
  for (let i = 0; i < positions; i++) {
    const low = centre + random.int(-reach, reach - 1)
    const high = low + random.int(1, Math.ceil(reach / 3))
    await addManaged(v4, key, [low * spacing, high * spacing], random.amount(scale, scale * 100))
  }
}

/** Liquidity between two ticks for which about `amount0` of token0 would be due below the price. */
export async function addManaged(
  v4: UniswapV4,
  key: Key,
  [low, high]: readonly [number, number],
  amount0: bigint,
): Promise<void> {
  const [from, to] = [sqrtPriceAtTick(low), sqrtPriceAtTick(high)]
  const perUnit = amount0Between(from, to, 10n ** 30n, true)
  const liquidity = (amount0 * 10n ** 30n) / (perUnit + 1n) + 1n
  if (amount1Between(from, to, liquidity, true) > LOTS) throw new RangeError('too much liquidity')
  await v4.on.send(v4.liquidity, MODIFY, [key, [low, high, liquidity, `0x${'0'.repeat(64)}`], '0x'], sent(key))
}

const POOL_KEY = '(address,address,uint24,int24,address)'
const MODIFY = `modifyLiquidity(${POOL_KEY},(int24,int24,int256,bytes32),bytes)`
const MIN_LIMIT = 4_295_128_740n
const MAX_LIMIT = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341n

type SwapArgs = readonly [Key, ...unknown[]]
export const swapArgs = (key: Key, zeroForOne: boolean, exactIn: boolean, amount: bigint): SwapArgs => [
  key,
  [zeroForOne, exactIn ? -amount : amount, zeroForOne ? MIN_LIMIT : MAX_LIMIT],
  [false, false],
  '0x',
]

export const swapManaged = ({ on, swaps }: UniswapV4, args: SwapArgs): Promise<unknown> =>
  on.send(swaps, 'swap', args, sent(args[0]))

/** What a swap would change, packed as the manager says it; null where it reverts. */
export async function deltaOf({ on, swaps }: UniswapV4, args: SwapArgs): Promise<bigint | null> {
  const data = swaps.abi.encodeFunctionData('swap', args)
  const { value = 0n } = sent(args[0])
  const call = { from: on.from, to: swaps.address, data, value: `0x${value.toString(16)}` }
  const answer = on.rpc('eth_call', [call, 'latest'])
  return answer.then(
    (word) => BigInt(word as string),
    () => null,
  )
}

/** Amounts that a swap takes and gives, out of the manager's packed delta. */
export function amountsOf(delta: bigint, zeroForOne: boolean): readonly [bigint, bigint] {
  const [amount0, amount1] = [BigInt.asIntN(128, delta >> 128n), BigInt.asIntN(128, delta)]
  return zeroForOne ? [-amount0, amount1] : [-amount1, amount0]
}
