import type { Address } from '../../../../src/domain/chain.js'
import type { AaveVersion } from '../../../../src/devnet/aave/market.js'
import type { Stage } from './stage.js'

export const ether = (n: number): bigint => BigInt(n) * 10n ** 18n
export const usdc = (n: number): bigint => BigInt(n) * 10n ** 6n
export const own: Address = `0x${'d1'.repeat(20)}`
export const other: Address = `0x${'d2'.repeat(20)}`
export const stable: Address = `0x${'d5'.repeat(20)}`
export const umbrella: Address = `0x${'d6'.repeat(20)}`
export const strangers: readonly [Address, Address] = [`0x${'d3'.repeat(20)}`, `0x${'d4'.repeat(20)}`]

/** What governance (or anybody) does, and what it must do to the health factors of the standing positions. */
export interface Act {
  readonly name: string
  readonly only?: AaveVersion
  /** Or the version that alone moves them by it. */
  readonly moves: boolean | AaveVersion
  /** `event`: the logs of the block say everything; `read`: something is read as of that block. */
  readonly known: 'event' | 'read' | 'either'
  run(stage: Stage): Promise<unknown>
}
