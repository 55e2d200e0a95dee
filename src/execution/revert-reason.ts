import { Interface } from 'ethers'
import { AAVE_V3_ERRORS, AAVE_V3_ERROR_CODES } from '../../abis/aave-v3-errors.js'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { GEB_ERRORS } from '../../abis/geb-errors.js'
import { LIQUIDATION_EXECUTOR } from '../../abis/liquidation-executor.js'
import type { Hex } from '../domain/chain.js'

const ownErrors = [...LIQUIDATION_EXECUTOR, ...AUCTION_AGENT].filter((fragment) => fragment.startsWith('error '))
// Error(string) and Panic(uint256) are known to every Interface
const known = new Interface([...new Set([...ownErrors, ...AAVE_V3_ERRORS, ...GEB_ERRORS])])

/** Printable text of a stranger's revert message, short enough for a log. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '').slice(0, 120)

/**
 * A name for revert bytes: the executor's and Aave's errors, `Error(string)` with Aave's old number codes spelt out,
 * `Panic`; else the first bytes as they are.
 */
export function revertReason(data: Hex): string {
  if (data.length < 10) return 'reverted without a reason'
  try {
    const error = known.parseError(data)
    if (error === null) return `unknown error ${data.slice(0, 10)}`
    const args = error.args.toArray().map(String)
    if (error.name !== 'Error') return printable(`${error.name}(${args.join(', ')})`)
    const text = args[0] ?? ''
    return AAVE_V3_ERROR_CODES[text] ?? printable(text)
  } catch {
    return `unknown error ${data.slice(0, 10)}`
  }
}
