import type { BlockRef, Reader } from '../../src/domain/chain.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { SnapshotProgress } from '../../src/domain/strategy.js'
import { contractOf } from './contracts.js'
import { type Parameters, readParameters } from './parameters.js'
import { CALLS_PER_BORROWER, readPositions } from './read-positions.js'
import { Batch } from '../../src/domain/batch.js'
import { RULES } from './rules.js'
import { POOL, POOL_TOPIC } from './signatures.js'
import { AaveState } from './state.js'
import { topicAddress } from '../../src/domain/abi-words.js'

/** Blocks per question for `Borrow` logs: bounds the memory of a cold start. */
const LOG_SPAN = 100_000

/**
 * Cold start: borrowers from the pool's `Borrow` logs alone (debt cannot be transferred), then flags, eModes and the
 * balances that the flags name, all at `block`.
 */
export async function takeSnapshot(
  reader: Reader,
  market: Market,
  block: BlockRef,
  progress: SnapshotProgress,
): Promise<AaveState> {
  const batch = new Batch(reader, block.number, (done, of) => {
    progress(done, of, 'requests')
  })
  const state = stateOf(market, await readParameters(batch, market), false)
  const borrowers = await readBorrowers(reader, market, block.number, progress)
  batch.expect(borrowers.length * CALLS_PER_BORROWER)
  for (const [id, position] of await readPositions(batch, state, borrowers)) state.positions.set(id, position)
  return state
}

async function readBorrowers(
  reader: Reader,
  market: Market,
  to: number,
  progress: SnapshotProgress,
): Promise<PositionId[]> {
  const blocks = to - market.deployBlock + 1
  const filter = { addresses: [contractOf(market, 'pool')], topic0: [POOL_TOPIC.Borrow] }
  const found = new Set<PositionId>()
  for (let from = market.deployBlock; from <= to; from += LOG_SPAN) {
    const last = Math.min(to, from + LOG_SPAN - 1)
    for (const log of await reader.logs(filter, from, last)) found.add(topicAddress(log.topics, 2))
    progress(last - market.deployBlock + 1, blocks, 'blocks')
  }
  return [...found]
}

/**
 * The market as of its deploy block, for a full replay: everybody is followed from the first event. Needs a node that has
 * the state of old blocks. Where the pool does not exist yet, the state begins empty and stale.
 */
export async function takeGenesis(reader: Reader, market: Market): Promise<AaveState> {
  const block = market.deployBlock
  const [exists] = await new Batch(reader, block).try([POOL.POOL_REVISION(contractOf(market, 'pool'))])
  if (exists && exists !== '0x') {
    return stateOf(market, await readParameters(new Batch(reader, block), market), true)
  }
  const state = new AaveState(market, Math.max(...RULES.keys()), contractOf(market, 'oracle'), true)
  state.stale.parameters = true
  return state
}

function stateOf(market: Market, parameters: Parameters, followsAll: boolean): AaveState {
  const state = new AaveState(market, parameters.revision, parameters.oracle, followsAll)
  state.flashPremiumBps = parameters.flashPremiumBps
  state.sentinel = parameters.sentinel
  for (const reserve of parameters.reserves) state.list(reserve)
  for (const category of parameters.eModes) state.eModes.set(category.id, category)
  return state
}
