import { Interface, concat, toBeHex } from 'ethers'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import { sqrtPriceX96 } from '../../../src/devnet/uniswap/price-maths.js'
import type { Contract } from '../../../src/devnet/deployer.js'
import type { Address, Hex } from '../../../src/domain/chain.js'
import type { CallStep, Order } from '../../../src/domain/steps.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'
import { address, startExecutorBed, type ExecutorBed } from './executor-bed.js'
import { sinkingBorrower } from './orders.js'

export const BORROWER = address(0xb0)
export const STRANGER = address(0xbad)
export const ZERO = address(0)
export const ONE = 10n ** 18n

/** A bed with an allowed target that trades as it is told (and holds 100 WETH to give) and a hostile token. */
export interface AttackBed extends ExecutorBed {
  readonly target: Contract
  readonly hostile: Contract
  /** A step that trades with the target: it takes and gives what it is told. */
  trade(takes: Address, taken: bigint, gives: Address, given: bigint, approved?: bigint): CallStep
  /** The target gives WETH for nothing: an order with a gain and no frills. */
  gift(amount?: bigint): CallStep
  /** The listed tokens of an order that moves WETH and the hostile token. */
  withHostile(): Pick<Order, 'tokens'>
  /** A genuine pool of the factory between WETH and the hostile token, which is worth nothing. */
  worthlessPool(): Promise<Address>
  /** Name of the executor's error that ended the call a puppet made; fails when there was none. */
  hookError(puppet: Contract): Promise<string>
  /** Calldata that no encoder of ours would make. */
  rawAttempt(data: Hex): Promise<string>
}

export async function startAttackBed(): Promise<AttackBed> {
  const bed = await startExecutorBed()
  try {
    await sinkingBorrower(bed, BORROWER)
    await bed.moveMarket({ WETH: 2_400_00000000n })
    const hostile = await bed.deploy('HostileToken')
    const target = await bed.deploy('HostileTarget')
    await bed.administer('setTarget', [target.address, call(target, 'trade', [ZERO, 0, ZERO, 0]).slice(0, 10), true])
    await bed.mint('WETH', target.address, 100n * ONE)
    return attackBed(bed, target, hostile)
  } catch (error) {
    await bed.stop()
    throw error
  }
}

function attackBed(bed: ExecutorBed, target: Contract, hostile: Contract): AttackBed {
  const trade: AttackBed['trade'] = (takes, taken, gives, given, approved = taken) => ({
    kind: 'call',
    target: target.address,
    data: call(target, 'trade', [takes, taken, gives, given]),
    approve: approved === 0n ? null : { token: takes, amount: approved },
    mustReturn: null,
  })
  return {
    ...bed,
    target,
    hostile,
    trade,
    gift: (amount = ONE) => trade(ZERO, 0n, bed.token('WETH'), amount),
    withHostile: () => ({ tokens: [bed.token('WETH'), hostile.address] }),
    worthlessPool: () => worthlessPool(bed, hostile),
    async hookError(puppet) {
      expect((await bed.admin.read(puppet, 'hooked'))[0]).toBe(true)
      expect((await bed.admin.read(puppet, 'hookSucceeded'))[0]).toBe(false)
      const [answer] = await bed.admin.read(puppet, 'hookAnswer')
      return executorInterface.parseError(answer as string)?.name ?? `not the executor's: ${String(answer)}`
    },
    rawAttempt: (data) => bed.attemptCall(bed.operator, bed.executor.address, data),
  }
}

async function worthlessPool(bed: ExecutorBed, hostile: Contract): Promise<Address> {
  const { admin, uniswap } = bed
  const manager = uniswap.positionManager
  const pair = [bed.token('WETH'), hostile.address].sort()
  await admin.send(hostile, 'mint', [uniswap.maker, 1_000n * ONE])
  await admin.send(hostile, 'approve', [manager.address, 1_000n * ONE], { from: uniswap.maker })
  await admin.send(manager, 'createAndInitializePoolIfNecessary', [...pair, 3_000, sqrtPriceX96(1n, 1n)])
  const position = [...pair, 3_000, -887_220, 887_220, 10n * ONE, 10n * ONE, 0, 0, uniswap.maker, 2n ** 40n]
  await admin.send(manager, 'mint', [position], { from: uniswap.maker })
  const [pool] = await admin.read(uniswap.factory, 'getPool', [...pair, 3_000])
  return pool as Address
}

/** The whole ABI as compiled: callbacks are no part of the fragments that the program uses. */
export const compiledAbi = (): Interface => new Interface(ownContract('LiquidationExecutor').abi)

export const call = (contract: Contract, name: string, args: readonly unknown[]): Hex =>
  contract.abi.encodeFunctionData(name, [...args]) as Hex

export const callbackData = (name: string, args: readonly unknown[]): Hex =>
  compiledAbi().encodeFunctionData(name, [...args]) as Hex

/** Aave's callback for a loan of 1,000 units with an empty body. */
export const loanCallback = (asset: Address, initiator: Address): Hex =>
  callbackData('executeOperation', [asset, 1_000n, 0n, initiator, concat([asset, toBeHex(1_000n, 16)])])

/** `order` as encoded, with another list of tokens or other steps put in behind the encoder's back. */
export function tamper(order: Order, change: { readonly tokens?: readonly Address[]; readonly steps?: string }): Hex {
  const decoded = executorInterface.decodeFunctionData('execute', encodeOrder(order))[0] as {
    toObject(deep: boolean): object
  }
  return executorInterface.encodeFunctionData('execute', [{ ...decoded.toObject(true), ...change }]) as Hex
}
