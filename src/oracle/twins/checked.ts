/** The contract would revert here: its checked arithmetic left the range of its type. */
export class TwinReverts extends Error {}

const MAX_INT = 2n ** 255n - 1n
const MIN_INT = -(2n ** 255n)
const MAX_UINT = 2n ** 256n - 1n

/** `value` as Solidity ≥ 0.8 would hold it in an int256. Throws `TwinReverts` where it would revert. */
export function int256(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new TwinReverts('int256 overflow')
  return value
}

/** `value` as Solidity ≥ 0.8 would hold it in a uint256. Throws `TwinReverts` where it would revert. */
export function uint256(value: bigint): bigint {
  if (value > MAX_UINT || value < 0n) throw new TwinReverts('uint256 overflow')
  return value
}

/** a / b, towards zero as in Solidity. Throws `TwinReverts` when b is zero. */
export function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new TwinReverts('division by zero')
  return a / b
}
