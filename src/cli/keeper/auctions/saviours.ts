import { bytes, hex } from '../../../chain/wire.js'
import type { Address, Head } from '../../../domain/chain.js'
import { messageOf } from '../../../domain/errors.js'
import { refuse, type PositionRefusal } from '../../../domain/refusal.js'
import type { Opening } from '../../../domain/strategy.js'
import type { ChainAsk } from '../../../execution/chain-facts.js'

/** Liquidations as they were found, parted by what the contract itself makes of those that somebody may rescue. */
export interface Rescues {
  readonly opens: readonly Opening[]
  readonly refusals: readonly PositionRefusal[]
}

/**
 * Runs each liquidation that a saviour may come between at `head`, as our agent: one that is rescued costs gas and opens
 * nothing, so it is refused, in every block anew until it would open. Others are taken as they are. Never rejects.
 */
export async function rescuesAt(
  found: readonly Opening[],
  { ask, agent, head }: { readonly ask: ChainAsk; readonly agent: Address; readonly head: Head },
): Promise<Rescues> {
  const refusals = await Promise.all(
    found.map(async ({ market, position, call, saviour }): Promise<PositionRefusal | null> => {
      if (saviour === undefined) return null
      const place = { market, position }
      try {
        const answer = await ask.request('eth_call', [{ from: agent, ...call }, hex(head.number)], wordOf)
        return answer === 0n
          ? { ...refuse('saved', `its saviour ${saviour} rescues it: liquidating opens nothing`), ...place }
          : null
      } catch (error) {
        return { ...refuse('simulation-failed', `with its saviour ${saviour}: ${messageOf(error)}`), ...place }
      }
    }),
  )
  return {
    opens: found.filter((_, i) => refusals[i] === null),
    refusals: refusals.filter((refusal) => refusal !== null),
  }
}

const wordOf = (answer: unknown): bigint => BigInt(bytes(answer, 'the answer of the call', 32))
