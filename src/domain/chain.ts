/** The words for blocks, logs and reads that every room shares. No I/O. */

/** A 20-byte address, always lower-case in this program; checksummed only where people read it. */
export type Address = `0x${string}`
export type Hex = `0x${string}`

/** A block, identified by its hash; `timestamp` in unix seconds. */
export interface BlockRef {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: bigint
}

/** The newest block with what pricing the next one needs. */
export interface Head extends BlockRef {
  readonly baseFeePerGas: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** The header's 2048-bit filter of the block's logs; absent where the node does not send it. */
  readonly logsBloom?: Hex
}

export interface RawLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: number
  readonly blockHash: Hex
  /** Unix seconds of its block: interest runs from there. Taken from the log where the node sends it, else from the header. */
  readonly timestamp: bigint
  readonly transactionHash: Hex
  readonly logIndex: number
}

/** Logs of any of `addresses` with any of `topic0` (all events where it is empty). */
export interface LogFilter {
  readonly addresses: readonly Address[]
  readonly topic0: readonly Hex[]
}

export interface CallRequest {
  readonly to: Address
  readonly data: Hex
}

/** A failed call of a batch does not fail the batch; `data` then holds the revert bytes. */
export interface CallResult {
  readonly ok: boolean
  readonly data: Hex
}

/** Reads at one block. `calls` is batched by multicall: a thousand requests are a few RPC requests. */
export interface Reader {
  calls(requests: readonly CallRequest[], block: number): Promise<CallResult[]>
  logs(filter: LogFilter, fromBlock: number, toBlock: number): Promise<RawLog[]>
  code(address: Address, block: number): Promise<Hex>
  /** `eth_getStorageAt`: the 32-byte word at `slot` (EIP-1967 implementation slots cannot be read by eth_call). */
  storage(address: Address, slot: Hex, block: number): Promise<Hex>
}

/** State as a call shall see it: the third parameter of `eth_call`, and `stateOverrides` of `eth_simulateV1`. */
export type StateOverride = Readonly<
  Record<Address, { readonly code?: Hex; readonly balance?: Hex; readonly stateDiff?: Readonly<Record<Hex, Hex>> }>
>

/** A reader that can also be asked what would be if the state were another. */
export interface AssumingReader extends Reader {
  /** The same reader, whose `calls` see this state on top of the chain's. */
  assuming(state: StateOverride): Reader
}

/** Lower-cases an address; throws `RangeError` when it is not 20 hex bytes. */
export function toAddress(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new RangeError(`not an address: ${text}`)
  return text.toLowerCase() as Address
}
