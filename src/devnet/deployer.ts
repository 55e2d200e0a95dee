import { Interface, type Result } from 'ethers'
import { toAddress, type Address, type Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { link, type Artifact } from './artifacts/artifact.js'
import type { BatchRpc, Rpc } from './rpc.js'

/** A deployed contract and how to speak to it. */
export interface Contract {
  readonly address: Address
  readonly abi: Interface
}

export interface Receipt {
  readonly status: Hex
  readonly transactionHash: Hex
  readonly blockNumber: Hex
  readonly gasUsed: Hex
  readonly contractAddress: string | null
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[]
}

export interface SendOptions {
  /** An unlocked or impersonated account; default the deployer's own. */
  readonly from?: Address
  readonly value?: bigint
}

/** Deploys and calls through unlocked accounts of a local node that mines every transaction at once. */
export interface Deployer {
  readonly rpc: BatchRpc
  readonly from: Address
  deploy(
    artifact: Artifact,
    args?: readonly unknown[],
    libraries?: Readonly<Record<string, Address>>,
  ): Promise<Contract>
  /** Sends and waits for the receipt. Throws `KeeperError('devnet-revert')` with the decoded reason. */
  send(to: Contract, method: string, args?: readonly unknown[], options?: SendOptions): Promise<Receipt>
  read(to: Contract, method: string, args?: readonly unknown[], block?: string): Promise<Result>
}

const interfaces = new WeakMap<object, Interface>()

/** One parsed interface per ABI: parsing Aave's Pool costs milliseconds. */
export function interfaceOf(artifact: Pick<Artifact, 'abi'>): Interface {
  const known = interfaces.get(artifact.abi)
  if (known) return known
  const made = new Interface(artifact.abi)
  interfaces.set(artifact.abi, made)
  return made
}

export const contractAt = (artifact: Pick<Artifact, 'abi'>, address: string): Contract => ({
  address: toAddress(address),
  abi: interfaceOf(artifact),
})

/**
 * 30M, the block limit. The node's own estimate is for the second in which it was made: a pool that writes its oracle once
 * a second needs more in the next one, and the transaction fails without a reason.
 */
const SET_UP_GAS = '0x1c9c380'

export function deployerOn(rpc: BatchRpc, from: Address): Deployer {
  // the answer is the receipt: a receipt asked for after eth_sendTransaction may not be there yet
  const transact = async (
    what: string,
    abi: Interface,
    transaction: Readonly<Record<string, unknown>>,
  ): Promise<Receipt> => {
    const receipt = (await rpc('eth_sendTransactionSync', [{ gas: SET_UP_GAS, ...transaction }])) as Receipt
    if (receipt.status !== '0x1') throw await reverted(rpc, what, abi, transaction)
    return receipt
  }
  return {
    rpc,
    from,
    async deploy(artifact, args = [], libraries = {}) {
      const abi = interfaceOf(artifact)
      const data = link(artifact, libraries) + abi.encodeDeploy([...args]).slice(2)
      const { contractAddress } = await transact(`deploying ${artifact.name}`, abi, { from, data })
      if (contractAddress === null) throw new KeeperError('devnet-rpc', `deploying ${artifact.name} left no contract`)
      return { address: toAddress(contractAddress), abi }
    },
    async send(to, method, args = [], options = {}) {
      const data = to.abi.encodeFunctionData(method, [...args])
      const value = options.value === undefined ? {} : { value: `0x${options.value.toString(16)}` }
      return transact(method, to.abi, { from: options.from ?? from, to: to.address, data, ...value })
    },
    async read(to, method, args = [], block = 'latest') {
      const call = { to: to.address, data: to.abi.encodeFunctionData(method, [...args]) }
      const answer = (await rpc('eth_call', [call, block])) as string
      return to.abi.decodeFunctionResult(method, answer)
    },
  }
}

/** Runs a reverted transaction again as a call, to learn why. */
async function reverted(rpc: Rpc, what: string, abi: Interface, transaction: object): Promise<KeeperError> {
  const failure = await rpc('eth_call', [transaction, 'latest']).catch((error: unknown) => error)
  const data = failure instanceof KeeperError && typeof failure.data.data === 'string' ? failure.data.data : '0x'
  const known = data.length >= 10 ? abi.parseError(data) : null
  const reason = known ? `${known.name}(${known.args.join(', ')})` : data === '0x' ? 'no reason given' : data
  return new KeeperError('devnet-revert', `${what} reverted: ${reason}`, { what, data })
}
