import { AbiCoder, concat, getCreate2Address, keccak256 } from 'ethers'
import { compiledContract } from '../config/compiled-contracts.js'
import { toAddress, type Address, type CallRequest, type Hex } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { Market } from '../domain/market.js'

/** The well-known contract that deploys what it is sent, at an address which code and salt decide. */
export const DEPLOYER: Address = '0x4e59b44847b379578588920ca78fbf26c0b4956c'
const SALT: Hex = `0x${'0'.repeat(64)}`

/** What the taker of one Clipper is made of, where it goes, and the transaction that puts it there. */
export interface TakerPlan {
  readonly init: Hex
  readonly address: Address
  readonly call: CallRequest
}

/**
 * The taker has no owner and no setting, and its constructor does not ask who deploys: so its address follows from its code
 * and its Clipper, a second run finds the first one's, and all keepers may share one. Pure but for the artifact.
 */
export function takerPlan({ id, contracts }: Market): TakerPlan {
  const parts = (['clip', 'collateralJoin', 'coinJoin'] as const).map((name) => {
    const address = contracts[name]
    if (address === undefined) throw new SettingsError('MARKETS_FILE', `market ${id} names no contract "${name}"`)
    return address
  })
  const argument = AbiCoder.defaultAbiCoder().encode(['address', 'address', 'address'], parts)
  const init = concat([compiledContract('ClipTaker').bytecode, argument]) as Hex
  const address = toAddress(getCreate2Address(DEPLOYER, SALT, keccak256(init)))
  return { init, address, call: { to: DEPLOYER, data: concat([SALT, init]) as Hex } }
}

/** The markets that need a taker: those of Maker. */
export const takerMarkets = <M extends { readonly market: Market }>(markets: readonly M[]): M[] =>
  markets.filter(({ market }) => market.strategy === 'maker')

/** For the doctor: what a market without a taker cannot do, and how it gets one; null where it has one or needs none. */
export const missingTaker = ({ id, strategy, contracts }: Market): string | null =>
  strategy !== 'maker' || contracts['taker'] !== undefined
    ? null
    : `${id} names no "taker": nothing is bought from its auctions; run \`keeper deploy-clip-taker\` and name what it prints in MARKETS_FILE`
