import { packageArtifact } from '../../../src/devnet/artifacts/package-artifact.js'
import { contractAt, type Contract, type Deployer, type Receipt } from '../../../src/devnet/deployer.js'
import type { Address } from '../../../src/domain/chain.js'
import { sqrtPriceAtTick } from '../../../src/profit/uniswap-v3/tick-price.js'
import type { Random } from './random.js'

const NOBODY = `0x${'0'.repeat(40)}`
const LOTS = 10n ** 40n
const DEADLINE = 10n ** 12n

/** The real Uniswap v3 on a local chain, with the fee tier of 0.01 % switched on. */
export interface Uniswap {
  readonly deployer: Deployer
  readonly factory: Contract
  readonly positions: Contract
  readonly router: Contract
  readonly quoter: Contract
}

export async function deployUniswap(deployer: Deployer): Promise<Uniswap> {
  const periphery = (source: string) => packageArtifact('@uniswap/v3-periphery', source)
  const factory = await deployer.deploy(packageArtifact('@uniswap/v3-core', 'UniswapV3Factory.sol'))
  await deployer.send(factory, 'enableFeeAmount', [100, 1])
  const args = [factory.address, NOBODY]
  return {
    deployer,
    factory,
    positions: await deployer.deploy(periphery('NonfungiblePositionManager.sol'), [...args, NOBODY]),
    router: await deployer.deploy(periphery('SwapRouter.sol'), args),
    quoter: await deployer.deploy(periphery('lens/QuoterV2.sol'), args),
  }
}

/** A token of which the deployer holds plenty and which position manager and router may take. */
export async function deployToken(uniswap: Uniswap, symbol: string, decimals: number): Promise<Contract> {
  const { deployer } = uniswap
  const artifact = packageArtifact('@aave/core-v3', 'mocks/tokens/MintableERC20.sol')
  const token = await deployer.deploy(artifact, [symbol, symbol, decimals])
  await deployer.send(token, 'mint(uint256)', [LOTS])
  await deployer.send(token, 'approve', [uniswap.positions.address, LOTS])
  await deployer.send(token, 'approve', [uniswap.router.address, LOTS])
  return token
}

export const sorted = (a: Contract, b: Contract): [Contract, Contract] => (a.address < b.address ? [a, b] : [b, a])

/** A pool whose price starts at `tick`. */
export async function createPool(
  { deployer, positions, factory }: Uniswap,
  pair: readonly [Contract, Contract],
  fee: number,
  tick: number,
): Promise<Contract> {
  const [a, b] = sorted(...pair)
  await deployer.send(positions, 'createAndInitializePoolIfNecessary', [
    a.address,
    b.address,
    fee,
    sqrtPriceAtTick(tick),
  ])
  const [address] = (await deployer.read(factory, 'getPool', [a.address, b.address, fee])) as unknown as [string]
  return contractAt(packageArtifact('@uniswap/v3-core', 'UniswapV3Pool.sol'), address)
}

/** With gas to spare: an estimate in the same second as the last trade misses the pool's write of its price history. */
async function sendWithGas(
  deployer: Deployer,
  to: Contract,
  method: string,
  args: readonly unknown[],
): Promise<Receipt> {
  const data = to.abi.encodeFunctionData(method, [...args])
  const transaction = { from: deployer.from, to: to.address, data, gas: '0x7a1200' }
  const receipt = (await deployer.rpc('eth_sendTransactionSync', [transaction])) as Receipt
  if (receipt.status !== '0x1') throw new Error(`${method} reverted`)
  return receipt
}

export async function addLiquidity(
  { deployer, positions }: Uniswap,
  pair: readonly [Contract, Contract],
  fee: number,
  range: readonly [number, number],
  amounts: readonly [bigint, bigint],
): Promise<void> {
  const [a, b] = sorted(...pair)
  await sendWithGas(deployer, positions, 'mint', [
    [a.address, b.address, fee, range[0], range[1], amounts[0], amounts[1], 0, 0, deployer.from, DEADLINE],
  ])
}

/** Positions with random ranges around `tick`: some overlap, some touch, some leave gaps. */
export async function scatterLiquidity(
  uniswap: Uniswap,
  pair: readonly [Contract, Contract],
  pool: { readonly fee: number; readonly spacing: number; readonly tick: number },
  random: Random,
  count: number,
  scale: number,
): Promise<void> {
  const price = 1.0001 ** pool.tick
  const reach = Math.max(20, Math.floor(3_000 / pool.spacing))
  const centre = Math.floor(pool.tick / pool.spacing)
  for (let i = 0; i < count; i++) {
    const low = centre + random.int(-reach, reach - 1)
    const high = low + random.int(1, Math.ceil(reach / 3))
    const base = random.amount(scale, scale * 100)
    const amounts = [base, BigInt(Math.ceil(Number(base) * price)) + 1n] as const
    await addLiquidity(uniswap, pair, pool.fee, [low * pool.spacing, high * pool.spacing], amounts)
  }
}

export interface SingleSwap {
  readonly tokenIn: Address
  readonly tokenOut: Address
  readonly fee: number
  readonly amount: bigint
}

/** A real swap with exact input through the router; the amounts as the pool's event has them. */
export async function executeExactIn(uniswap: Uniswap, pool: Contract, swap: SingleSwap): Promise<bigint[]> {
  const { deployer, router } = uniswap
  const params = [swap.tokenIn, swap.tokenOut, swap.fee, deployer.from, DEADLINE, swap.amount, 0, 0]
  const receipt = await sendWithGas(deployer, router, 'exactInputSingle', [params])
  const log = receipt.logs.find((l) => l.address.toLowerCase() === pool.address && l.topics.length === 3)
  if (log === undefined) throw new Error('the swap left no event')
  return pool.abi
    .decodeEventLog('Swap', log.data, [...log.topics])
    .toArray()
    .slice(2) as bigint[]
}
