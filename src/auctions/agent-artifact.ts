import { Interface, concat } from 'ethers'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { compiledContract } from '../config/compiled-contracts.js'
import type { Address, Hex } from '../domain/chain.js'

/** The compiled agent; it has no immutables, so `runtime` is what lies on a chain. Throws `KeeperError('no-artifact')`. */
export function agentArtifact(): { readonly bytecode: Hex; readonly runtime: Hex } {
  const { bytecode, deployedBytecode } = compiledContract('AuctionAgent')
  return { bytecode, runtime: deployedBytecode }
}

/** Init code of an agent that obeys nobody but these; everything else its owner sets afterwards. */
export function agentDeployment(owner: Address, operators: readonly Address[]): { readonly data: Hex } {
  const argument = new Interface(AUCTION_AGENT).encodeDeploy([owner, operators])
  return { data: concat([agentArtifact().bytecode, argument]) as Hex }
}
