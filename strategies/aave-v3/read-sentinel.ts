import type { Address } from '../../src/domain/chain.js'
import type { Batch } from '../../src/domain/batch.js'
import { SENTINEL } from './signatures.js'
import { type Sentinel, ZERO_ADDRESS } from './state.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'

/** PriceOracleSentinel and the sequencer feed behind it; null when the market has none. */
export async function readSentinel(batch: Batch, address: Address): Promise<Sentinel | null> {
  if (address === ZERO_ADDRESS) return null
  const [oracleWord, grace] = await batch.all([SENTINEL.getSequencerOracle(address), SENTINEL.getGracePeriod(address)])
  const sequencerOracle = addressAt(oracleWord ?? '0x', 0)
  const [round, aggregator] = await batch.try([
    SENTINEL.latestRoundData(sequencerOracle),
    SENTINEL.aggregator(sequencerOracle),
  ])
  return {
    address,
    sequencerOracle,
    aggregator: aggregator && aggregator !== '0x' ? addressAt(aggregator, 0) : ZERO_ADDRESS,
    gracePeriod: wordAt(grace ?? '0x', 0),
    // without an answer the sentinel itself would revert: nothing above HF 0.95 can be liquidated
    down: !round || wordAt(round, 1) !== 0n,
    since: round ? wordAt(round, 3) : 0n,
  }
}
