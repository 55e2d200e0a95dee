import type { CallRequest, CallResult, Hex, LogFilter, RawLog, Reader } from '../../../src/domain/chain.js'
import type { Rpc } from '../../../src/devnet/rpc.js'

/** A `Reader` of single `eth_call`s, which counts its batches. */
export class RpcReader implements Reader {
  batches = 0
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

  logs(_filter: LogFilter): Promise<RawLog[]> {
    return Promise.reject(new Error('no logs here'))
  }
}
