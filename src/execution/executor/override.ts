import { concat, toBeHex } from 'ethers'
import type { Address, Hex, StateOverride } from '../../domain/chain.js'
import { addressWord, inMapping, inSelectorMapping, slotWord } from '../../domain/storage-slots.js'
import { runtimeCode } from './artifact.js'
import type { ExecutorSettings } from './deploy.js'

// Storage layout of contracts/ExecutorPolicy.sol, above it Ownable2Step; a test compares it with a deployed executor.
const SLOT = {
  ...{ owner: slotWord(0n), payoutAndMaxBid: slotWord(2n), isOperator: slotWord(3n) },
  ...{ isTarget: slotWord(4n), isFactory: slotWord(5n), isLender: slotWord(6n) },
}
const TRUE = slotWord(1n)

/** Where a dry run without an executor of its own pretends that one is. */
export const PRETENDED_EXECUTOR: Address = '0x0000000000000000000000006b65657065720001'

/**
 * Puts an executor with these settings at `at` for the length of one call, and gas money on its operators: an order can
 * be run without a deployed executor and with a throw-away sender.
 */
export function executorOverride(at: Address, settings: ExecutorSettings): StateOverride {
  const stateDiff: Record<Hex, Hex> = {
    [SLOT.owner]: addressWord(settings.owner),
    [SLOT.payoutAndMaxBid]: slotWord((BigInt(settings.maxBidBps) << 160n) | BigInt(settings.payout)),
  }
  for (const operator of settings.operators) stateDiff[inMapping(operator, SLOT.isOperator)] = TRUE
  for (const factory of settings.factories) stateDiff[inMapping(factory, SLOT.isFactory)] = TRUE
  for (const lender of settings.lenders) stateDiff[inMapping(lender, SLOT.isLender)] = TRUE
  for (const { target, selector } of settings.targets) {
    const inner = inMapping(target, SLOT.isTarget)
    stateDiff[inSelectorMapping(selector, inner)] = TRUE
  }
  const rich = Object.fromEntries(settings.operators.map((o) => [o, { balance: '0x56bc75e2d63100000' as Hex }]))
  return { ...rich, [at]: { code: runtimeCode(settings.wrappedNative), stateDiff } }
}

/** A price source of a protocol, and what it will answer once somebody's report has landed. */
export interface PriceAssumption {
  readonly source: Address
  readonly answer: bigint
}

/** Puts contracts in the place of price sources that answer every call with one word: the price that is assumed. */
export const pricesOverride = (assumptions: readonly PriceAssumption[]): StateOverride =>
  Object.fromEntries(assumptions.map(({ source, answer }) => [source, { code: answering(answer) }]))

/** PUSH32 answer, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN. */
const answering = (answer: bigint): Hex => concat(['0x7f', toBeHex(answer, 32), '0x60005260206000f3']) as Hex
