import type { RawLog } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import type { Changes } from './changes.js'
import { accrue, balanceOf, moveTotals, principalOf } from './interest.js'
import type { CometState, Place } from './state.js'

/**
 * Comet emits no principal and no index. What follows from its events:
 *
 * - Supply, Withdraw and AbsorbDebt name the account and the change of its balance, so its principal is computed as the
 *   contract does, provided that the totals were read at the end of the block before: then the accrual to this block is exact.
 * - `accrueAccount` (every claim of rewards) moves indices and emits nothing; totals are therefore read after each block.
 * - A transfer of base between accounts emits Transfer only for what was or becomes a supply: the part that is a debt
 *   before and after is silent. A Transfer that no event of ours explains, with no second half next to it, and an accrual
 *   or a sum of debts that no event explains, therefore send every account with collateral to be read again.
 *
 * What stays unseen: a transfer between two borrowers in a block (where blocks are faster than a second: in a second) in which
 * something else accrued as well, if it leaves the sum of debts as it was. The audit compares borrowers by turns and finds it.
 */
export function moveBase(changes: Changes, log: RawLog, id: PositionId, change: bigint, tokens = true): void {
  const { state } = changes
  changes.parameters = true
  // a replay from before the market was initialised: everything is read at its end
  if (state.totals.supplyIndex === 0n) {
    principalUnknown(changes)
    return
  }
  const totals = accrue(state.totals, state.config, log.timestamp)
  const account = state.positions.get(id)
  // of an account that only ever supplied nothing is known: the sum of supplies is right again after the block's read
  const before = account?.principal ?? (change < 0n ? principalOf(-change, totals) : 0n)
  const after = principalOf(balanceOf(before, totals) + change, totals)
  changes.set(state, { totals: moveTotals(totals, before, account ? after : clampSupply(after)) })
  if (tokens) changes.set(state, { baseBalance: state.baseBalance + change })
  if (account !== undefined) {
    changes.setPrincipal(id, account, after)
    if (!isExact(state, log)) changes.stale(id)
  }
  remember(changes, { block: log.blockNumber, index: log.logIndex, account: id, kind: 'base', before: false })
}

const clampSupply = (principal: bigint): bigint => (principal < 0n ? 0n : principal)

/** True when everything up to the block before this log's was read. */
const isExact = (state: CometState, log: RawLog): boolean => state.readAt >= log.blockNumber - 1

/** The mint or burn that belongs to the event just before it, or (half of) a transfer between accounts. */
export function transferBase(changes: Changes, log: RawLog): void {
  const { state } = changes
  const [from, to] = [topicAddress(log.topics, 1), topicAddress(log.topics, 2)]
  const burns = BigInt(to) === 0n
  const account = burns ? from : to
  const next = state.last?.block === log.blockNumber && state.last.index + 1 === log.logIndex ? state.last : null
  if (next?.kind === 'base' && next.account === account) return
  changes.parameters = true
  changes.set(state, { totals: accrue(state.totals, state.config, log.timestamp) })
  if (state.positions.has(account)) changes.stale(account)
  // both halves are named: nobody else had a part in it
  const whole = next?.kind === 'lone' && !burns
  const { everyone } = state.stale
  changes.set(state.stale, { everyone: whole ? next.before : true })
  const place: Place = { block: log.blockNumber, index: log.logIndex, account, kind: 'lone', before: everyone }
  remember(changes, whole ? { ...place, kind: 'base', account: '' } : place)
}

function remember(changes: Changes, last: Place): void {
  changes.set(changes.state, { last })
}

/** Sends every account to be read again. */
export function principalUnknown(changes: Changes): void {
  changes.parameters = true
  if (!changes.state.stale.everyone) changes.set(changes.state.stale, { everyone: true })
}
