import { toAddress, type Address } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import type { Rpc } from './rpc.js'

/** Where Multicall3 is on almost every chain. */
export const MULTICALL: Address = toAddress('0xcA11bde05977b3631167028862bE2a173976CA11')

/** Puts the project's own multicall at that address. */
export async function placeMulticall(rpc: Rpc): Promise<void> {
  await rpc('anvil_setCode', [MULTICALL, ownContract('DevMulticall').deployedBytecode])
}
