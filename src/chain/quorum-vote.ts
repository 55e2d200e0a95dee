import type { Hex } from '../domain/chain.js'

/**
 * What an endpoint says of the block at a head's height: its hash; `asking` while it has not said, or does not have
 * the block yet; `behind` when it did not get it for so long that it lags; `unreachable`.
 */
export type Vote = Hex | 'asking' | 'behind' | 'unreachable'

/** The hash that more than half of the voters hold instead, where there is one. */
export interface Dispute {
  readonly is: 'disputed'
  readonly why: string
  readonly winner: Hex | null
}

export type Verdict = { readonly is: 'agreed' } | { readonly is: 'asking' } | Dispute

/**
 * Whether a head's hash is what the endpoints agree on; the one that gave it votes like the others. `needed`: how many
 * must agree; 0 means more than half of those that vote: endpoints that lag or do not answer have no vote. One that is
 * alone ahead of two or more is not believed, however late they are: blocks can be invented.
 */
export function judge(hash: Hex, votes: readonly Vote[], needed: number): Verdict {
  const count = (vote: Vote): number => votes.filter((one) => one === vote).length
  const asking = count('asking')
  const same = count(hash)
  const hashes = votes.filter(isHash)
  const voters = hashes.length
  const enough = (voting: number): number => (needed > 0 ? needed : Math.floor(voting / 2) + 1)
  const lonely = same <= 1 && count('behind') > 1
  if (same >= enough(voters + asking) && !lonely) return { is: 'agreed' }
  const against = voters - same
  if (asking > 0 && same + asking >= enough(voters + asking)) return { is: 'asking' }
  const winner = hashes.find((vote) => vote !== hash && count(vote) > voters / 2)
  const why =
    against > 0
      ? `${against} of ${voters} endpoints have another block`
      : needed > voters
        ? `${same} of the ${needed} endpoints that HEAD_QUORUM asks for confirm it`
        : `${count('behind')} endpoints that answer do not have it, ${same} has`
  return { is: 'disputed', why, winner: winner ?? null }
}

const isHash = (vote: Vote): vote is Hex => vote.startsWith('0x')
