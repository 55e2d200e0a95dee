import { callsOf } from './abi-calls.js'

/** Views of a token. */
export const ERC20 = callsOf([
  'function balanceOf(address holder) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
])

/** Selector of `balanceOf(address)`: by it one knows a balance among other views. */
export const BALANCE_OF = '0x70a08231'
