import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbiCoder, concat, getCreate2Address, keccak256 } from 'ethers'
import { z } from 'zod'
import { projectRoot } from '../config/project-root.js'
import { toAddress, type Address, type CallRequest, type Hex } from '../domain/chain.js'
import { KeeperError, SettingsError } from '../domain/errors.js'
import type { Market } from '../domain/market.js'

/** The well-known contract that deploys what it is sent, at an address which code and salt decide. */
export const DEPLOYER: Address = '0x4e59b44847b379578588920ca78fbf26c0b4956c'
const SALT: Hex = `0x${'0'.repeat(64)}`

const artifactFile = z.object({
  contracts: z.object({ ClipTaker: z.object({ bytecode: z.string().regex(/^0x([0-9a-f]{2})+$/) }) }),
})

/** Throws `KeeperError('no-artifact')`. */
function takerBytecode(): string {
  try {
    const text = readFileSync(join(projectRoot(), 'dist', 'contracts.json'), 'utf8')
    return artifactFile.parse(JSON.parse(text)).contracts.ClipTaker.bytecode
  } catch (error) {
    const text = 'dist/contracts.json is missing or holds no ClipTaker; run `npm run build`'
    throw new KeeperError('no-artifact', text, {}, { cause: error })
  }
}

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
  const init = concat([takerBytecode(), argument]) as Hex
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
