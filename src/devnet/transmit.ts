import { AbiCoder, zeroPadValue, toBeHex } from 'ethers'
import type { Address, Hex } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import { interfaceOf } from './deployer.js'

/** One agreed report of an oracle network. */
export interface OcrReport {
  readonly observationsTimestamp: number
  /** Sorted upwards, 8 decimals; the middle one becomes the answer. */
  readonly observations: readonly bigint[]
  /** Epoch and round as one number; each report's must be above the last one's. */
  readonly epochAndRound: bigint
}

/**
 * Calldata of `forward(aggregator, transmit(…))`, the transaction in which an OCR2 network publishes a price.
 * `auctioned`: `transmitSecondary`, the way into a dual aggregator through its auction. Layout of the report: `(uint32 time, bytes32 observers, int192[] observations, int192 juelsPerFeeCoin)`.
 */
export function forwardedTransmit(aggregator: Address, report: OcrReport, auctioned = false): Hex {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [report.observationsTimestamp, observers(report.observations.length), report.observations, 0n],
  )
  const context = [CONFIG_DIGEST, zeroPadValue(toBeHex(report.epochAndRound), 32), EMPTY_WORD]
  const transmit = interfaceOf(ownContract('DevDualAggregator')).encodeFunctionData(
    auctioned ? 'transmitSecondary' : 'transmit',
    [context, encoded, [], [], EMPTY_WORD],
  )
  return interfaceOf(ownContract('DevForwarder')).encodeFunctionData('forward', [aggregator, transmit]) as Hex
}

const EMPTY_WORD = `0x${'00'.repeat(32)}`
const CONFIG_DIGEST = `0x0001${'de'.repeat(30)}`

/** Which oracle made which observation, one byte each. */
const observers = (count: number): string =>
  `0x${Array.from({ length: 32 }, (_, i) => (i < count ? i : 0).toString(16).padStart(2, '0')).join('')}`
