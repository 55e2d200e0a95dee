import {
  toAddress,
  type CallRequest,
  type CallResult,
  type Hex,
  type LogFilter,
  type RawLog,
  type Reader,
} from '../../../src/domain/chain.js'
import type { Rpc } from '../../../src/devnet/rpc.js'

interface NodeLog {
  readonly address: string
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly blockHash: Hex
  readonly transactionHash: Hex
  readonly logIndex: Hex
}

/** A `Reader` of single `eth_call`s, which counts its batches and requests for logs. */
export class RpcReader implements Reader {
  batches = 0
  logRequests = 0
  constructor(private readonly rpc: Rpc) {}

  async calls(requests: readonly CallRequest[], block: number): Promise<CallResult[]> {
    this.batches++
    const at = `0x${block.toString(16)}`
    return Promise.all(
      requests.map(({ to, data }) =>
        this.rpc('eth_call', [{ to, data }, at]).then(
          (answer): CallResult => ({ ok: true, data: answer as Hex }),
          (): CallResult => ({ ok: false, data: '0x' }),
        ),
      ),
    )
  }

  async code(address: string): Promise<Hex> {
    return (await this.rpc('eth_getCode', [address, 'latest'])) as Hex
  }

  async storage(address: string, slot: Hex, block: number): Promise<Hex> {
    return (await this.rpc('eth_getStorageAt', [address, slot, `0x${block.toString(16)}`])) as Hex
  }

  async block(): Promise<number> {
    return Number(await this.rpc('eth_blockNumber', []))
  }

  async logs({ addresses, topic0 }: LogFilter, fromBlock: number, toBlock: number): Promise<RawLog[]> {
    const range = { fromBlock: `0x${fromBlock.toString(16)}`, toBlock: `0x${toBlock.toString(16)}` }
    return this.ask({ address: addresses, topics: [topic0], ...range })
  }

  /** As followers ask for them: of one block, by its hash. */
  async logsOf({ addresses, topic0 }: LogFilter, blockHash: Hex): Promise<RawLog[]> {
    return this.ask({ address: addresses, topics: topic0.length === 0 ? [] : [topic0], blockHash })
  }

  private async ask(query: Record<string, unknown>): Promise<RawLog[]> {
    this.logRequests++
    const found = (await this.rpc('eth_getLogs', [query])) as NodeLog[]
    return found.map((log) => ({
      ...{ address: toAddress(log.address), topics: log.topics, data: log.data, timestamp: -1n },
      ...{ blockNumber: Number(log.blockNumber), blockHash: log.blockHash },
      ...{ transactionHash: log.transactionHash, logIndex: Number(log.logIndex) },
    }))
  }
}
