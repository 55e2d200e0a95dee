import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interface, concat } from 'ethers'
import { z } from 'zod'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { projectRoot } from '../config/project-root.js'
import type { Address, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'

const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})+$/)
  .transform((text) => text as Hex)
const artifactFile = z.object({
  contracts: z.object({ AuctionAgent: z.object({ bytecode: hex, deployedBytecode: hex }) }),
})

/** The compiled agent; it has no immutables, so `runtime` is what lies on a chain. Throws `KeeperError('no-artifact')`. */
export function agentArtifact(): { readonly bytecode: Hex; readonly runtime: Hex } {
  try {
    const text = readFileSync(join(projectRoot(), 'dist', 'contracts.json'), 'utf8')
    const { bytecode, deployedBytecode } = artifactFile.parse(JSON.parse(text)).contracts.AuctionAgent
    return { bytecode, runtime: deployedBytecode }
  } catch (error) {
    const text = 'dist/contracts.json is missing or holds no AuctionAgent; run `npm run build`'
    throw new KeeperError('no-artifact', text, {}, { cause: error })
  }
}

/** Init code of an agent that obeys nobody but these; everything else its owner sets afterwards. */
export function agentDeployment(owner: Address, operators: readonly Address[]): { readonly data: Hex } {
  const argument = new Interface(AUCTION_AGENT).encodeDeploy([owner, operators])
  return { data: concat([agentArtifact().bytecode, argument]) as Hex }
}
