import type { Address, Head, Hex, StateOverride } from '../domain/chain.js'
import type { Behind } from '../domain/opportunity.js'
import type { Fees } from './fees.js'
import type { Relay } from './relays/relay.js'
import { revertReason } from './revert-reason.js'

/** The exact call that is about to be signed. */
export interface SimulationRequest {
  readonly from: Address
  readonly executor: Address
  readonly data: Hex
  readonly gasLimit: bigint
  readonly fees: Fees
  readonly head: Head
  /** The signed transaction, where a relay simulates; null on the own node. */
  readonly raw: Hex | null
  /** What runs before it. A transaction that is known by a hint alone cannot be run by anybody but its auction. */
  readonly behind?: Behind
  /** A what-if on top of the head, for calls that are prepared: prices that have not come yet. */
  readonly overrides?: StateOverride
  /** True for a call of the agent, which says no gain of its own: that it does not revert is all there is to learn. */
  readonly isCall?: boolean
}

/** `gross` and `bid` in raw units of the profit token, null where the simulator shows no logs. */
export type Simulated =
  | {
      readonly kind: 'done'
      readonly gasUsed: bigint | null
      readonly gross: bigint | null
      readonly bid: bigint | null
      /** Numbers of the attempts that the order would go on without; absent where there are none or no logs are shown. */
      readonly failed?: readonly number[]
    }
  | { readonly kind: 'healthy' }
  | { readonly kind: 'reverted'; readonly reason: string; readonly data: Hex }
  | { readonly kind: 'unavailable'; readonly why: string }

/** Never rejects. */
export type Simulator = (request: SimulationRequest) => Promise<Simulated>

export const BEHIND_HINT: Simulated = {
  kind: 'unavailable',
  why: 'what it follows is known by a hint alone, so nobody but its auction can run it',
}

/** `eth_callBundle` of one relay, for keepers without a node of their own. It counts against the reputation there. */
export function relaySimulator(relay: Relay): Simulator {
  return async ({ raw, head, behind }) => {
    if (relay.simulate === undefined || raw === null)
      return { kind: 'unavailable', why: `${relay.name} cannot simulate` }
    if (behind?.kind === 'hint') return BEHIND_HINT
    const transactions = behind === undefined ? [raw] : [behind.raw, raw]
    const bundle = { transactions, targetBlock: head.number + 1, replacementUuid: '' }
    const done = await relay.simulate(bundle, head.number)
    if ('kind' in done) {
      const why = done.kind === 'rejected' ? done.message : done.kind
      return { kind: 'unavailable', why: `${relay.name}: ${why}` }
    }
    if (done.revert === null) return { kind: 'done', gasUsed: done.gasUsed, gross: null, bid: done.coinbaseWei }
    const reason = done.revert.data.length >= 10 ? revertReason(done.revert.data) : done.revert.reason
    return { kind: 'reverted', reason, data: done.revert.data }
  }
}
