import { Interface, JsonRpcProvider } from 'ethers'
import { AAVE_V3_POOL } from '../../../abis/aave-v3-pool.js'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import { whole, type TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Contract, Receipt } from '../../../src/devnet/deployer.js'
import { ROLES, accountOf } from '../../../src/devnet/ground.js'
import { startAaveTestbed, type AaveTestbed } from '../../../src/devnet/testbed.js'
import { toAddress, type Address, type Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import type { CallStep, Order, Step } from '../../../src/domain/steps.js'
import { AAVE_LIQUIDATION_CALL, deployExecutor, type ExecutorSettings } from '../../../src/execution/executor/deploy.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { decodeExecuted, describeExecutorRevert, type Executed } from '../../../src/execution/executor/events.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'

export const POOL_INTERFACE = new Interface(AAVE_V3_POOL)
const GAS = '0x1c9c380'

/** A real market and exchange with an executor on them, and the ways in which the tests use it. */
export interface ExecutorBed extends AaveTestbed {
  readonly settings: ExecutorSettings
  readonly executor: Contract
  readonly operator: Address
  readonly payout: Address
  token(symbol: TokenSymbol): Address
  pair(a: TokenSymbol, b: TokenSymbol, fee: number): Address
  balance(token: Address, holder: Address): Promise<bigint>
  ether(holder: Address): Promise<bigint>
  /** Sends what must succeed. */
  land(order: Order, from?: Address): Promise<Receipt & { readonly executed: Executed | null }>
  /** Why it reverts: the executor's error, or another contract's data; `ok` when it does not. */
  attempt(order: Order, from?: Address): Promise<string>
  attemptCall(from: Address, to: Address, data: Hex): Promise<string>
  /** As its owner. */
  administer(method: string, args: readonly unknown[]): Promise<Receipt>
  deploy(name: string, args?: readonly unknown[]): Promise<Contract>
}

export async function startExecutorBed(): Promise<ExecutorBed> {
  const bed = await startAaveTestbed()
  try {
    return await bedWithExecutor(bed)
  } catch (error) {
    await bed.stop()
    throw error
  }
}

async function bedWithExecutor(bed: AaveTestbed): Promise<ExecutorBed> {
  const { admin, accounts, tokens, uniswap, market } = bed
  const [operator, owner, payout] = (['operator', 'executorOwner', 'payout'] as const).map((role) =>
    accountOf(accounts, ROLES[role]),
  ) as [Address, Address, Address]
  const settings: ExecutorSettings = {
    owner,
    payout,
    wrappedNative: tokens.WETH.address,
    maxBidBps: 9_500,
    operators: [operator],
    factories: [uniswap.factory.address],
    lenders: [market.pool.address],
    targets: [{ target: market.pool.address, selector: AAVE_LIQUIDATION_CALL }],
  }
  const options = { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true, pollingInterval: 20 } as const
  const provider = new JsonRpcProvider(bed.anvil.rpcUrl, bed.anvil.chainId, options)
  const { address } = await deployExecutor(await provider.getSigner(admin.from), settings)
  provider.destroy()
  const executor: Contract = { address, abi: executorInterface }
  // a payout address in use: its balance slots are not empty
  for (const symbol of ['WETH', 'USDC', 'USDT', 'WBTC'] as const) await bed.mint(symbol, payout, 1n)

  const attemptCall = async (from: Address, to: Address, data: Hex): Promise<string> => {
    try {
      await admin.rpc('eth_call', [{ from, to, data, gas: GAS }, 'latest'])
      return 'ok'
    } catch (error) {
      const revert = error instanceof KeeperError && typeof error.data.data === 'string' ? error.data.data : '0x'
      return describeExecutorRevert(revert as Hex) ?? revert
    }
  }
  return {
    ...bed,
    settings,
    executor,
    operator,
    payout,
    token: (symbol) => tokens[symbol].address,
    pair(a, b, fee) {
      const found = uniswap.pools.find(
        (p) => p.fee === fee && [p.token0, p.token1].sort().join() === [a, b].sort().join(),
      )
      if (!found) throw new RangeError(`no pool ${a} ${b} ${fee}`)
      return found.contract.address
    },
    async balance(token, holder) {
      const [amount] = await admin.read({ address: token, abi: tokens.USDC.abi }, 'balanceOf', [holder])
      return amount as bigint
    },
    ether: async (holder) => BigInt((await admin.rpc('eth_getBalance', [holder, 'latest'])) as string),
    async land(order, from = operator) {
      const transaction = { from, to: address, data: encodeOrder(order), gas: GAS }
      const receipt = (await admin.rpc('eth_sendTransactionSync', [transaction])) as Receipt
      if (receipt.status !== '0x1') throw new Error(`reverted: ${await attemptCall(from, address, transaction.data)}`)
      const executed = receipt.logs.filter((l) => l.address.toLowerCase() === address).map(decodeExecuted)
      return { ...receipt, executed: executed.find((e) => e !== null) ?? null }
    },
    attempt: (order, from = operator) => attemptCall(from, address, encodeOrder(order)),
    attemptCall,
    administer: (method, args) => admin.send(executor, method, args, { from: owner }),
    deploy: (name, args = []) => admin.deploy(ownContract(name), args),
  }
}

/** Runs each test on the same state: what a test does is undone after it. */
export function undoAfterEach(bed: () => AaveTestbed): void {
  let snapshot: unknown
  beforeEach(async () => {
    snapshot = await bed().anvil.rpc('evm_snapshot', [])
  })
  afterEach(async () => {
    await bed().anvil.rpc('evm_revert', [snapshot])
  })
}

export const address = (n: number): Address => toAddress(`0x${n.toString(16).padStart(40, '0')}`)

/** A borrower who is under water after `moveMarket`: 10 WETH at 2,400 against 20,000 USDC, health factor 0.996. */
export async function sinkingBorrower(bed: ExecutorBed, user: Address): Promise<void> {
  await bed.supply('WETH', user, whole('WETH', 10n))
  await bed.borrow('USDC', user, whole('USDC', 20_000n))
}

export function liquidation(
  bed: ExecutorBed,
  [collateral, debt]: readonly [TokenSymbol, TokenSymbol],
  user: Address,
  debtToCover: bigint,
  receiveAToken = false,
): CallStep {
  const args = [bed.token(collateral), bed.token(debt), user, debtToCover, receiveAToken]
  return {
    kind: 'call',
    target: bed.market.pool.address,
    data: POOL_INTERFACE.encodeFunctionData('liquidationCall', args) as Hex,
    approve: { token: bed.token(debt), amount: debtToCover },
    mustReturn: null,
  }
}

/** An order over WETH and USDC that gains WETH; 1 wei is enough. */
export function orderOf(bed: ExecutorBed, steps: readonly Step[], change: Partial<Order> = {}): Order {
  return {
    deadlineBlock: 1_000_000,
    profitToken: bed.token('WETH'),
    minProfit: 1n,
    bidBps: 0,
    minBidWei: 0n,
    tokens: [bed.token('WETH'), bed.token('USDC')],
    check: null,
    steps,
    ...change,
  }
}

/** The usual order: buy 10,000 USDC from the pool that takes WETH, liquidate with it, pay the pool out of the collateral. */
export function flashSwapOrder(bed: ExecutorBed, user: Address, change: Partial<Order> = {}): Order {
  const amount = whole('USDC', 10_000n)
  const step: Step = {
    kind: 'flashSwap',
    pool: bed.pair('WETH', 'USDC', 500),
    tokenIn: bed.token('WETH'),
    tokenOut: bed.token('USDC'),
    mode: 'exactOut',
    amount,
    limit: whole('WETH', 43n) / 10n,
    body: [liquidation(bed, ['WETH', 'USDC'], user, amount)],
  }
  return orderOf(bed, [step], change)
}

/** The same by Aave's flash loan and a swap of all that was seized. */
export function flashLoanOrder(bed: ExecutorBed, user: Address, change: Partial<Order> = {}): Order {
  const [WETH, USDC] = [bed.token('WETH'), bed.token('USDC')]
  const amount = whole('USDC', 10_000n)
  const buyBack: Step = {
    kind: 'flashSwap',
    pool: bed.pair('WETH', 'USDC', 500),
    tokenIn: WETH,
    tokenOut: USDC,
    mode: 'exactOut',
    amount: amount + (amount * 5n) / 10_000n,
    limit: whole('WETH', 43n) / 10n,
    body: [],
  }
  const body = [liquidation(bed, ['WETH', 'USDC'], user, amount), buyBack]
  return orderOf(bed, [{ kind: 'flashLoan', lender: bed.market.pool.address, token: USDC, amount, body }], change)
}
