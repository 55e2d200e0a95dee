import { isAddress } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import type { Admission } from './admission.js'
import { bigintOf, isRecord, quantity, RpcFault } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Upstream } from './upstream.js'

/**
 * `eth_sendTransaction` from an account whose key anvil has: filled in as a wallet would, signed by anvil
 * (`eth_signTransaction`), then sent publicly. One at a time, so that two requests never share a nonce.
 */
export function unlockedSender(
  upstream: Upstream,
  pool: PublicPool,
  admission: Admission,
  pendingEstimate: (call: unknown) => Promise<bigint>,
): (request: unknown, method: string) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve()
  const sendOne = async (request: unknown, method: string): Promise<string> => {
    const call = isRecord(request) ? request : {}
    const from = await unlocked(upstream, call['from'])
    const filled = await fill(upstream, pool, from, call, pendingEstimate)
    return admission.send(await upstream.call('eth_signTransaction', [filled]), method)
  }
  return (request, method) => {
    const mine = last.then(() => sendOne(request, method))
    last = mine.catch(() => undefined)
    return mine
  }
}

async function unlocked(upstream: Upstream, from: unknown): Promise<Address> {
  const accounts = await upstream.call('eth_accounts')
  if (typeof from === 'string' && isAddress(from) && Array.isArray(accounts)) {
    const address = toAddress(from)
    if (accounts.some((account) => String(account).toLowerCase() === address)) return address
  }
  throw new RpcFault(-32000, `unknown account: ${String(from)}`)
}

async function fill(
  upstream: Upstream,
  pool: PublicPool,
  from: Address,
  call: Record<string, unknown>,
  pendingEstimate: (call: unknown) => Promise<bigint>,
): Promise<Record<string, unknown>> {
  const { to, value, data, input, gas, gasPrice, nonce, accessList } = call
  const head = await upstream.head()
  const tip = call['maxPriorityFeePerGas'] ?? quantity(1_000_000_000n)
  const cap = call['maxFeePerGas'] ?? quantity(nextBaseFee(head) * 2n + bigintOf(tip))
  const wants = { from, to: to ?? null, value: value ?? '0x0', input: input ?? data ?? '0x' }
  return {
    ...wants,
    ...(accessList === undefined ? {} : { accessList }),
    ...(gasPrice === undefined ? { maxFeePerGas: cap, maxPriorityFeePerGas: tip } : { gasPrice }),
    nonce: nonce ?? quantity(pool.pendingNonce(from, await upstream.nonce(from))),
    gas: gas ?? quantity(await pendingEstimate(wants)),
    chainId: await upstream.call('eth_chainId'),
  }
}
