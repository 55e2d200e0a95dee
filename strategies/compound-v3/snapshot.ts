import type { BlockRef, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { SnapshotProgress } from '../../src/domain/strategy.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { readAccounts, readTotals } from './read-accounts.js'
import { readConfiguration, readImplementation } from './read-config.js'
import { COMET_TOPIC } from './signatures.js'
import { CometState, hasCollateral } from './state.js'

/** Blocks per question for logs: bounds the memory of a cold start. */
const LOG_SPAN = 100_000
/** `userBasic` and about two collaterals. */
const CALLS_PER_ACCOUNT = 3

/**
 * Cold start. Nobody can owe without collateral, and collateral comes in by SupplyCollateral and TransferCollateral alone:
 * their receivers are all that can be borrowers, those without a Withdraw of their own included (debt can also be made by
 * a transfer, which emits nothing). Their balances are then read at `block`; who has neither collateral nor debt is left out.
 */
export async function takeSnapshot(
  reader: Reader,
  market: Market,
  block: BlockRef,
  progress: SnapshotProgress,
): Promise<CometState> {
  const batch = new Batch(reader, block.number, (done, of) => {
    progress(done, of, 'requests')
  })
  const state = await readState(reader, batch, market, block.number)
  const found = await findAccounts(reader, market, block.number, progress)
  batch.expect(found.length * CALLS_PER_ACCOUNT)
  for (const [id, account] of await readAccounts(batch, state, found))
    if (account.principal < 0n || hasCollateral(account)) state.positions.set(id, account)
  return state
}

/** The market at its deploy block, for a full replay; totals and principals are right after the first read at its end. */
export async function takeGenesis(reader: Reader, market: Market): Promise<CometState> {
  return readState(reader, new Batch(reader, market.deployBlock), market, market.deployBlock)
}

async function readState(reader: Reader, batch: Batch, market: Market, block: number): Promise<CometState> {
  const { config, assets } = await readConfiguration(batch, market)
  const { totals, pauses, baseBalance, reserves } = await readTotals(batch, { market, config, assets })
  const state = new CometState(market, config, totals)
  state.assets = assets
  for (const asset of assets) asset.reserves = reserves[asset.index] ?? 0n
  Object.assign(state.pauses, pauses)
  state.baseBalance = baseBalance
  state.readAt = block
  state.fingerprint = (await readImplementation(reader, market, block)).fingerprint
  return state
}

async function findAccounts(
  reader: Reader,
  market: Market,
  to: number,
  progress: SnapshotProgress,
): Promise<PositionId[]> {
  const blocks = to - market.deployBlock + 1
  const topic0 = [COMET_TOPIC.SupplyCollateral, COMET_TOPIC.TransferCollateral]
  const found = new Set<PositionId>()
  for (let from = market.deployBlock; from <= to; from += LOG_SPAN) {
    const last = Math.min(to, from + LOG_SPAN - 1)
    const logs = await reader.logs({ addresses: [contractOf(market, 'comet')], topic0 }, from, last)
    for (const log of logs) found.add(topicAddress(log.topics, 2))
    progress(last - market.deployBlock + 1, blocks, 'blocks')
  }
  return [...found]
}
