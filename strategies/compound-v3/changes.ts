import type { PositionId } from '../../src/domain/market.js'
import { ReversibleChanges } from '../../src/domain/reversible-changes.js'
import { type Account, type Asset, type CometState, heldOf, storeId } from './state.js'

/** Every write to the state after its snapshot. */
export class Changes extends ReversibleChanges {
  constructor(readonly state: CometState) {
    super()
  }

  /** An account that is not followed yet: its principal is unknown until it was read. */
  create(id: PositionId): Account {
    const account: Account = { principal: 0n, held: [] }
    const { positions } = this.state
    this.run(
      () => void positions.set(id, account),
      () => void positions.delete(id),
    )
    this.stale(id)
    return account
  }

  /** Marks a position for a re-read; until then it is in no row and has no plan. */
  stale(id: PositionId): void {
    const { positions } = this.state.stale
    this.touch(id)
    if (!positions.has(id))
      this.run(
        () => void positions.add(id),
        () => void positions.delete(id),
      )
  }

  fresh(id: PositionId): void {
    const { positions } = this.state.stale
    this.touch(id)
    if (positions.has(id))
      this.run(
        () => void positions.delete(id),
        () => void positions.add(id),
      )
  }

  setPrincipal(id: PositionId, account: Account, principal: bigint): void {
    if (account.principal === principal) return
    this.touch(id)
    this.set(account, { principal })
  }

  setHeld(id: PositionId, account: Account, index: number, amount: bigint): void {
    const before = heldOf(account, index)
    if (before === amount) return
    this.touch(id)
    const { held } = account
    const { length } = held
    const apply = (): void => {
      while (held.length <= index) held.push(0n)
      held[index] = amount
    }
    this.run(apply, () => {
      held[index] = before
      held.length = length
    })
  }

  /** What the store front has of a collateral. */
  setReserves(asset: Asset, reserves: bigint): void {
    if (asset.reserves === reserves) return
    this.touch(storeId(asset.token.address))
    this.set(asset, { reserves })
  }
}
