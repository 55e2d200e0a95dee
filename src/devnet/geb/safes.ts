import { keccak256, toUtf8Bytes } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import type { Contract, Deployer } from '../deployer.js'
import { approve, giveEther, mint, type Tokens } from '../tokens.js'
import type { Geb } from './deploy.js'

/** A SAFE to open: whole tokens of collateral, whole coins of debt. */
export interface SafePlan {
  readonly collateral: bigint
  readonly debt: bigint
}

export const safeOwner = (index: number): Address =>
  toAddress(`0x${keccak256(toUtf8Bytes(`safe ${index}`)).slice(-40)}`)

const WHOLE = 10n ** 18n

/** Opens one SAFE per plan, each its owner's own; the coins stay inside the engine. Returns the owners. */
export async function openSafes(
  on: Deployer,
  tokens: Tokens,
  geb: Geb,
  plans: readonly SafePlan[],
): Promise<Address[]> {
  const owners: Address[] = []
  for (const [i, { collateral, debt }] of plans.entries()) {
    const owner = safeOwner(i)
    await openSafe(on, tokens, geb, owner, { collateral: collateral * WHOLE, debt: debt * WHOLE })
    owners.push(owner)
  }
  return owners
}

/** Raw units. */
export async function openSafe(on: Deployer, tokens: Tokens, geb: Geb, owner: Address, plan: SafePlan): Promise<void> {
  const { collateral, debt } = plan
  await giveEther(on, owner, WHOLE)
  await mint(on, tokens, 'WETH', owner, collateral)
  await approve(on, geb.collateral, owner, geb.collateralJoin.address)
  await on.send(geb.collateralJoin, 'join', [owner, collateral], { from: owner })
  const change = [geb.cType, owner, owner, owner, collateral, debt]
  await on.send(geb.safeEngine, 'modifySAFECollateralization', change, { from: owner })
}

/** Turns `wad` of an account's internal coins into tokens for `to`. */
export async function exitCoins(on: Deployer, geb: Geb, owner: Address, to: Address, wad: bigint): Promise<void> {
  await on.send(geb.safeEngine, 'approveSAFEModification', [geb.coinJoin.address], { from: owner })
  await on.send(geb.coinJoin, 'exit', [to, wad], { from: owner })
}

export const sendAs = (on: Deployer, from: Address, to: Contract, method: string, args: readonly unknown[]) =>
  on.send(to, method, args, { from })
