import type { BatchRpc } from './rpc.js'

/** Questions after which a pool that is still not empty holds what no block will take. */
const MOST_LOOKS = 2_000

/**
 * `rpc` of a node that mines at once, whose `evm_revert` waits until the pool is empty. Anvil answers with a receipt before it
 * has taken what was mined out of its pool. A revert in between makes room for a new transaction of the same account and
 * nonce, which is then taken out in the old one's place: it is never mined, and nobody hears why.
 */
export function withSettledReverts(rpc: BatchRpc): BatchRpc {
  const call = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    if (method === 'evm_revert') await emptied(rpc)
    return rpc(method, params)
  }
  return Object.assign(call, { batch: rpc.batch })
}

async function emptied(rpc: BatchRpc): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { pending } = (await rpc('txpool_status', [])) as { readonly pending: string }
    if (Number(pending) === 0) return
  }
}
