import { JsonRpcProvider } from 'ethers'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import type { TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Contract, Receipt } from '../../../src/devnet/deployer.js'
import { ROLES, accountOf } from '../../../src/devnet/ground.js'
import { startAaveTestbed, type AaveTestbed, type TestbedOptions } from '../../../src/devnet/testbed.js'
import { toAddress, type Address, type Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import type { Order } from '../../../src/domain/steps.js'
import { AAVE_LIQUIDATION_CALL, deployExecutor, type ExecutorSettings } from '../../../src/execution/executor/deploy.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { decodeExecuted, describeExecutorRevert, type Executed } from '../../../src/execution/executor/events.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'

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
  /** Gain of an order in a call on the head block, which runs at the head's own timestamp. */
  grossOf(order: Order): Promise<bigint>
  /** As its owner. */
  administer(method: string, args: readonly unknown[]): Promise<Receipt>
  deploy(name: string, args?: readonly unknown[]): Promise<Contract>
}

export async function startExecutorBed(options: TestbedOptions = {}): Promise<ExecutorBed> {
  const bed = await startAaveTestbed(options)
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
  const attempt = (order: Order, from = operator): Promise<string> => attemptCall(from, address, encodeOrder(order))
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
    attempt,
    attemptCall,
    async grossOf(order) {
      const outcome = await attempt({ ...order, bidBps: 0, minBidWei: 0n, minProfit: 10n ** 30n })
      const gross = /^ProfitTooLow\((\d+), 0\)$/.exec(outcome)?.[1]
      if (gross === undefined) throw new Error(`no gain to read: ${outcome}`)
      return BigInt(gross)
    },
    administer: (method, args) => admin.send(executor, method, args, { from: owner }),
    deploy: (name, args = []) => admin.deploy(ownContract(name), args),
  }
}

/** Runs each test on the same state: what a test does is undone after it. */
export function undoAfterEach(bed: () => Pick<AaveTestbed, 'anvil'>): void {
  let snapshot: unknown
  beforeEach(async () => {
    snapshot = await bed().anvil.rpc('evm_snapshot', [])
  })
  afterEach(async () => {
    await bed().anvil.rpc('evm_revert', [snapshot])
  })
}

export const address = (n: number): Address => toAddress(`0x${n.toString(16).padStart(40, '0')}`)
