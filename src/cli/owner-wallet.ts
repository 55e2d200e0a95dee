import { JsonRpcApiProvider, Network, Wallet, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult } from 'ethers'
import type { RpcClient } from '../chain/rpc-client.js'
import type { Secret } from '../config/secret.js'
import { codeOf, messageOf } from '../domain/errors.js'

/** ethers over the keeper's own endpoints: failover and the chain-id check come with it. */
class ClientProvider extends JsonRpcApiProvider {
  constructor(
    private readonly rpc: RpcClient,
    chainId: number,
  ) {
    super(Network.from(chainId), { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true })
    this._start()
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const all = Array.isArray(payload) ? payload : [payload]
    return Promise.all(all.map(({ id, method, params }) => this.one(id, method, params)))
  }

  private async one(
    id: number,
    method: string,
    params: JsonRpcPayload['params'],
  ): Promise<JsonRpcResult | JsonRpcError> {
    const list: readonly unknown[] = Array.isArray(params) ? params : [params]
    try {
      return { id, result: await this.rpc.request(method, list, (answer) => answer) }
    } catch (error) {
      const code = codeOf(error)
      return { id, error: { code: typeof code === 'number' ? code : -32_000, message: messageOf(error) } }
    }
  }
}

/**
 * A wallet that sends ordinary, public transactions through `RPC_URLS`: for the owner's administration only, never for
 * liquidations. Call `provider.destroy()` at the end.
 */
export function ownerWallet(
  rpc: RpcClient,
  chainId: number,
  key: Secret,
): { wallet: Wallet; provider: JsonRpcApiProvider } {
  const provider = new ClientProvider(rpc, chainId)
  return { wallet: new Wallet(key.reveal(), provider), provider }
}
