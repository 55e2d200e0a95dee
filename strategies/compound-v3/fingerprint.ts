import { keccak256 } from 'ethers'
import type { Hex } from '../../src/domain/chain.js'

const PUSH1 = 0x60
const PUSH32 = 0x7f

/**
 * keccak256 of runtime code in which every operand of PUSH32 is blanked. Solidity writes immutables there and nowhere
 * else, and Comet keeps its whole configuration in them, so governance changes this hash only by deploying other code. The
 * same code with other constants is the same to us: the constants are read from the contract.
 */
export function fingerprintOf(code: Hex): Hex {
  const bytes = Buffer.from(code.slice(2), 'hex')
  for (let at = 0; at < bytes.length; at++) {
    const op = bytes[at] ?? 0
    if (op < PUSH1 || op > PUSH32) continue
    if (op === PUSH32) bytes.fill(0, at + 1, at + 33)
    at += op - PUSH1 + 1
  }
  return keccak256(bytes) as Hex
}
