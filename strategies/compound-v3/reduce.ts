import type { Address, LogFilter, RawLog } from '../../src/domain/chain.js'
import type { Delta } from '../../src/domain/strategy.js'
import { topicAddress, wordAt } from '../../src/domain/abi-words.js'
import { Changes } from './changes.js'
import { contractOf } from './contracts.js'
import { moveBase, principalUnknown, transferBase } from './reduce-base.js'
import { COMET_TOPIC } from './signatures.js'
import { type Asset, heldOf } from './state.js'

type Handler = (changes: Changes, log: RawLog) => void

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [COMET_TOPIC.Supply, (changes, log) => moveBase(changes, log, topicAddress(log.topics, 2), wordAt(log.data, 0))],
  [COMET_TOPIC.Withdraw, (changes, log) => moveBase(changes, log, topicAddress(log.topics, 1), -wordAt(log.data, 0))],
  [COMET_TOPIC.Transfer, transferBase],
  [COMET_TOPIC.SupplyCollateral, (changes, log) => collateral(changes, log, 2, wordAt(log.data, 0))],
  [COMET_TOPIC.WithdrawCollateral, (changes, log) => collateral(changes, log, 1, -wordAt(log.data, 0))],
  [COMET_TOPIC.TransferCollateral, transferCollateral],
  [COMET_TOPIC.AbsorbCollateral, absorbCollateral],
  [COMET_TOPIC.AbsorbDebt, absorbDebt],
  [COMET_TOPIC.BuyCollateral, buyCollateral],
  [COMET_TOPIC.PauseAction, pauseAction],
  [COMET_TOPIC.WithdrawReserves, (changes, log) => heldBase(changes, -wordAt(log.data, 0))],
  [COMET_TOPIC.Upgraded, upgraded],
])

/** Applies one log of the Comet; other logs leave the state as it is. */
export function reduceLog(state: Changes['state'], log: RawLog): Delta {
  const changes = new Changes(state)
  if (log.address === contractOf(state.market, 'comet')) HANDLERS.get(log.topics[0] ?? '')?.(changes, log)
  return changes
}

export const filtersOf = ({ market }: Changes['state']): LogFilter[] => [
  { addresses: [contractOf(market, 'comet')], topic0: [...HANDLERS.keys()].map((topic) => topic as Address) },
]

/** The asset in a topic; one that is not known asks for a read of the whole configuration. */
function assetIn(changes: Changes, log: RawLog, topic: number): Asset | null {
  const asset = changes.state.assetOf(topicAddress(log.topics, topic))
  if (asset !== undefined) return asset
  if (!changes.state.stale.parameters) changes.set(changes.state.stale, { parameters: true })
  return null
}

/** A balance in the account of topic `index`; the asset is in topic 3. */
function collateral(changes: Changes, log: RawLog, index: number, change: bigint): void {
  const id = topicAddress(log.topics, index)
  const account = changes.state.positions.get(id) ?? changes.create(id)
  const asset = assetIn(changes, log, 3)
  if (asset === null) changes.stale(id)
  else changes.setHeld(id, account, asset.index, heldOf(account, asset.index) + change)
}

function transferCollateral(changes: Changes, log: RawLog): void {
  collateral(changes, log, 1, -wordAt(log.data, 0))
  collateral(changes, log, 2, wordAt(log.data, 0))
}

/** Comes before the AbsorbDebt of the same account: what was seized is for sale from now on. */
function absorbCollateral(changes: Changes, log: RawLog): void {
  const seized = wordAt(log.data, 0)
  collateral(changes, log, 2, -seized)
  const asset = assetIn(changes, log, 3)
  if (asset !== null) changes.setReserves(asset, asset.reserves + seized)
}

/** The account's balance rises by what the reserves pay; no token moves. */
function absorbDebt(changes: Changes, log: RawLog): void {
  const id = topicAddress(log.topics, 2)
  moveBase(changes, log, id, wordAt(log.data, 0), false)
}

function buyCollateral(changes: Changes, log: RawLog): void {
  heldBase(changes, wordAt(log.data, 0))
  const asset = assetIn(changes, log, 2)
  if (asset !== null) changes.setReserves(asset, asset.reserves - wordAt(log.data, 1))
}

function heldBase(changes: Changes, change: bigint): void {
  changes.parameters = true
  changes.set(changes.state, { baseBalance: changes.state.baseBalance + change })
}

function pauseAction(changes: Changes, log: RawLog): void {
  changes.parameters = true
  changes.set(changes.state.pauses, { absorb: wordAt(log.data, 3) !== 0n, buy: wordAt(log.data, 4) !== 0n })
}

/** New constants, or new code: nothing is planned until both were read. */
function upgraded(changes: Changes): void {
  changes.parameters = true
  changes.set(changes.state, { upgraded: true })
  if (!changes.state.stale.parameters) changes.set(changes.state.stale, { parameters: true })
  principalUnknown(changes)
}
