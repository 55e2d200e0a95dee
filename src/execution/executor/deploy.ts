import { concat, type Signer } from 'ethers'
import { toAddress, type Address, type CallRequest, type Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { executorArtifact } from './artifact.js'
import { executorInterface } from './interface.js'

/** A function that CALL steps may use: a contract and a 4-byte selector. */
export interface AllowedTarget {
  readonly target: Address
  readonly selector: Hex
}

/** What the owner decides; all of it can be changed later except `wrappedNative`. */
export interface ExecutorSettings {
  readonly owner: Address
  readonly payout: Address
  readonly wrappedNative: Address
  /** Largest share of an order's gain that may be bid; the contract allows at most 9,900. */
  readonly maxBidBps: number
  readonly operators: readonly Address[]
  /** Uniswap v3 factories (or forks with the same `getPool`) whose pools may be swapped against. */
  readonly factories: readonly Address[]
  /** Aave v3 pools whose flash loans may be used. */
  readonly lenders: readonly Address[]
  readonly targets: readonly AllowedTarget[]
}

/** `liquidationCall(address,address,address,uint256,bool)` of every Aave v3 pool. */
export const AAVE_LIQUIDATION_CALL: Hex = '0x00a718a9'

/** Init code of an executor with these settings: the whole set-up is one transaction. */
export function executorDeployment(settings: ExecutorSettings): { readonly data: Hex } {
  const data = concat([executorArtifact().bytecode, executorInterface.encodeDeploy([settings])])
  return { data: data as Hex }
}

/** Deploys and returns address and transaction. Throws `KeeperError('deploy-failed')` when it does not get code. */
export async function deployExecutor(
  signer: Signer,
  settings: ExecutorSettings,
): Promise<{ readonly address: Address; readonly transactionHash: Hex; readonly blockNumber: number }> {
  const sent = await signer.sendTransaction(executorDeployment(settings))
  const receipt = await sent.wait()
  if (receipt?.status !== 1 || receipt.contractAddress === null)
    throw new KeeperError('deploy-failed', `the deployment ${sent.hash} failed on chain; look at it and run it again`)
  return {
    address: toAddress(receipt.contractAddress),
    transactionHash: receipt.hash as Hex,
    blockNumber: receipt.blockNumber,
  }
}

/** The lists of a settings object; what is left out stays as it is. */
export type AllowListChange = Partial<Pick<ExecutorSettings, 'operators' | 'factories' | 'lenders' | 'targets'>>

/** The owner's transactions that put everything in `change` on the lists, or take it off. One per entry, in order. */
export function allowListCalls(executor: Address, change: AllowListChange, allowed = true): readonly CallRequest[] {
  const call = (name: string, args: readonly unknown[]): CallRequest => ({
    to: executor,
    data: executorInterface.encodeFunctionData(name, args) as Hex,
  })
  return [
    ...(change.operators ?? []).map((a) => call('setOperator', [a, allowed])),
    ...(change.factories ?? []).map((a) => call('setFactory', [a, allowed])),
    ...(change.lenders ?? []).map((a) => call('setLender', [a, allowed])),
    ...(change.targets ?? []).map((t) => call('setTarget', [t.target, t.selector, allowed])),
  ]
}
