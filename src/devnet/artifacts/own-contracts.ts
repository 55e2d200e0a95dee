import { compiledContract } from '../../config/compiled-contracts.js'
import type { Hex } from '../../domain/chain.js'
import type { Artifact } from './artifact.js'

export interface OwnArtifact extends Artifact {
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
}

/** One of the project's own contracts, which the build compiled. Throws `KeeperError('no-artifact')` when it is not there. */
export function ownContract(name: string): OwnArtifact {
  const { abi, bytecode, deployedBytecode } = compiledContract(name)
  return { name, abi, bytecode, deployedBytecode, linkReferences: {} }
}
