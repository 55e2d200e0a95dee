import { TwinReverts } from './checked.js'

export interface DualRound {
  readonly id: bigint
  readonly answer: bigint
  /** Timestamp of the block in which the report landed. */
  readonly recordedAt: bigint
}

/** What Chainlink's dual aggregator (SVR) answers from; its two readers may see different rounds. */
export interface DualRounds {
  /** Newest first; at least as far back as `syncRounds`, and the secondary round. */
  readonly rounds: readonly DualRound[]
  /** The newest round that also came through the auction; 0 when none ever did. */
  readonly secondary: bigint
  /** True while the newest round came through the auction only. */
  readonly newestIsSecondary: boolean
  /** Seconds after which a round that did not come through the auction counts for the secondary reader too. */
  readonly cutoff: bigint
  /** How many rounds back the secondary reader looks for such a one. */
  readonly syncRounds: bigint
}

/** Who asks: the secondary proxy, which the protocol that shares in the auction reads, or anybody else. */
export type DualReader = 'primary' | 'secondary'

const NONE: DualRound = { id: 0n, answer: 0n, recordedAt: 0n }

/**
 * The answer at a block of this timestamp. The secondary reader keeps to the last auctioned round until `cutoff` seconds
 * after it; then it sees the newest round that is older than the cutoff. Others see the newest round, but not one that
 * was auctioned in this very block. Throws `TwinReverts` when a round it needs is not known. Source:
 * `DualAggregator._getLatestRound`, `_getSyncPrimaryRound` (Chainlink, `DualAggregator 1.0.0`).
 */
export function dualAnswer(state: DualRounds, reader: DualReader, timestamp: bigint): bigint {
  const newest = state.rounds[0] ?? NONE
  if (reader === 'secondary') return secondaryRound(state, newest, timestamp).answer
  const unseen = newest.id === state.secondary && state.newestIsSecondary && newest.recordedAt === timestamp
  return (unseen ? roundOf(state, newest.id - 1n) : newest).answer
}

function secondaryRound(state: DualRounds, newest: DualRound, timestamp: bigint): DualRound {
  const isOld = ({ recordedAt }: DualRound): boolean => recordedAt + state.cutoff < timestamp
  const auctioned = roundOf(state, state.secondary)
  if (!isOld(auctioned)) return auctioned
  const last = newest.id - state.syncRounds
  for (let id = newest.id; id > 0n && id > last; id--) {
    const round = roundOf(state, id)
    if (isOld(round)) return round
  }
  return auctioned
}

function roundOf({ rounds }: DualRounds, id: bigint): DualRound {
  if (id <= 0n) return NONE
  const found = rounds.find((round) => round.id === id)
  if (!found) throw new TwinReverts(`round ${id} is not known`)
  return found
}

/** The state after a new round; `auctioned` when it came through the secondary way. */
export function withRound(state: DualRounds, round: DualRound, auctioned: boolean): DualRounds {
  const secondary = auctioned ? round.id : state.secondary
  const oldest = round.id - state.syncRounds
  const kept = state.rounds.filter(({ id }) => id < round.id && (id >= oldest || id === secondary))
  return { ...state, rounds: [round, ...kept], secondary, newestIsSecondary: auctioned }
}
