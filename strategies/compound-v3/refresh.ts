import type { BlockRef, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import type { PositionId } from '../../src/domain/market.js'
import type { Delta } from '../../src/domain/strategy.js'
import { Changes } from './changes.js'
import type { Totals } from './interest.js'
import { type Reading, readAccounts, readPrincipals, readTotals } from './read-accounts.js'
import { readConfiguration, readImplementation } from './read-config.js'
import { type Asset, type CometState, hasCollateral } from './state.js'

/**
 * After every block: totals, pauses and stocks in one round; what differs from what the events made of them was moved by
 * something that emits nothing, and then every principal is read again. New constants are read after an upgrade.
 */
export async function refreshState(reader: Reader, state: CometState, block: BlockRef): Promise<Delta> {
  const changes = new Changes(state)
  const batch = new Batch(reader, block.number)
  if (state.stale.parameters) await readUpgrade(reader, batch, changes, block.number)
  takeReading(changes, await readTotals(batch, state), block.number)
  await rereadAccounts(batch, changes, [...state.stale.positions])
  if (state.stale.everyone) await rereadPrincipals(batch, changes)
  return changes
}

/** Reads `ids` anew and replaces what the state holds of them; a store front's stock is read with the totals of every block. */
export async function resyncPositions(
  reader: Reader,
  state: CometState,
  ids: readonly PositionId[],
  block: BlockRef,
): Promise<Delta> {
  const changes = new Changes(state)
  const accounts = ids.filter((id) => state.positions.has(id))
  await rereadAccounts(new Batch(reader, block.number), changes, accounts)
  return changes
}

async function readUpgrade(reader: Reader, batch: Batch, changes: Changes, block: number): Promise<void> {
  const { state } = changes
  const { known, fingerprint } = await readImplementation(reader, state.market, block)
  const { config, assets } = await readConfiguration(batch, state.market)
  const kept: Asset[] = assets.map((asset) => ({ ...asset, reserves: state.assets[asset.index]?.reserves ?? 0n }))
  changes.parameters = true
  changes.sources = true
  changes.set(state, { config, assets: kept, upgraded: !known && fingerprint !== state.fingerprint })
  changes.set(state.stale, { parameters: false })
}

/** Index, sum of debts or time of accrual that no event explains. Supplies of accounts without collateral are not followed. */
const movedSilently = (ours: Totals, chain: Totals): boolean =>
  ours.supplyIndex !== chain.supplyIndex ||
  ours.borrowIndex !== chain.borrowIndex ||
  ours.totalBorrow !== chain.totalBorrow ||
  ours.accruedAt !== chain.accruedAt

function takeReading(changes: Changes, read: Reading, block: number): void {
  const { state } = changes
  if (movedSilently(state.totals, read.totals) && !state.stale.everyone) changes.set(state.stale, { everyone: true })
  const same = (Object.keys(read.totals) as (keyof Totals)[]).every((key) => state.totals[key] === read.totals[key])
  const paused = state.pauses.absorb !== read.pauses.absorb || state.pauses.buy !== read.pauses.buy
  if (!same || paused || state.baseBalance !== read.baseBalance) changes.parameters = true
  changes.set(state, { totals: read.totals, baseBalance: read.baseBalance, readAt: block, last: null })
  changes.set(state.pauses, { ...read.pauses })
  for (const asset of state.assets) changes.setReserves(asset, read.reserves[asset.index] ?? 0n)
}

async function rereadAccounts(batch: Batch, changes: Changes, ids: readonly PositionId[]): Promise<void> {
  if (ids.length === 0) return
  const { state } = changes
  for (const [id, read] of await readAccounts(batch, state, ids)) {
    const account = state.positions.get(id) ?? changes.create(id)
    changes.setPrincipal(id, account, read.principal)
    for (const { index } of state.assets) changes.setHeld(id, account, index, read.held[index] ?? 0n)
    changes.fresh(id)
  }
}

async function rereadPrincipals(batch: Batch, changes: Changes): Promise<void> {
  const { state } = changes
  const open = [...state.positions].filter(([, account]) => account.principal < 0n || hasCollateral(account))
  const principals = await readPrincipals(
    batch,
    state,
    open.map(([id]) => id),
  )
  for (const [i, [id, account]] of open.entries()) changes.setPrincipal(id, account, principals[i] ?? account.principal)
  changes.set(state.stale, { everyone: false })
}
