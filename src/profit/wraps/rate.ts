/** What a wrapper holds and has issued; `extra` are the virtual units that some formulas add to both. */
export interface WrapState {
  readonly assets: bigint
  readonly shares: bigint
  readonly extraAssets: bigint
  readonly extraShares: bigint
}

export interface Unwrapped {
  readonly amountOut: bigint
  readonly after: WrapState
}

/**
 * ERC-4626 `redeem`: shares · (assets + extra) / (issued + extra), rounded down. OpenZeppelin's vaults add 1 and 10^offset,
 * plain ones nothing (contract: `ERC4626._convertToAssets`). Null for nothing, or more than there is. Pure.
 */
export function redeem(state: WrapState, shares: bigint): Unwrapped | null {
  const amountOut = convert(state, shares)
  if (shares <= 0n || amountOut <= 0n || shares > state.shares || amountOut > state.assets) return null
  return { amountOut, after: { ...state, assets: state.assets - amountOut, shares: state.shares - shares } }
}

/**
 * wstETH `unwrap`: stETH for the shares, which are moved by their worth, so that a unit can be lost twice
 * (`StETH.getPooledEthByShares`, `getSharesByPooledEth`). Nobody's rate changes by it. Pure.
 */
export function unwrap(state: WrapState, amount: bigint): Unwrapped | null {
  const sent = convert(state, amount)
  const moved = state.assets === 0n ? 0n : (sent * state.shares) / state.assets
  const amountOut = convert(state, moved)
  return amount <= 0n || amountOut <= 0n || amount > state.shares ? null : { amountOut, after: state }
}

const convert = ({ assets, shares, extraAssets, extraShares }: WrapState, amount: bigint): bigint => {
  const issued = shares + extraShares
  return issued === 0n ? amount : (amount * (assets + extraAssets)) / issued
}
