import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonFragment } from 'ethers'
import type { Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { projectRoot } from '../../config/project-root.js'
import type { Artifact } from './artifact.js'

interface OwnContract {
  readonly abi: readonly JsonFragment[]
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
}

export interface OwnArtifact extends Artifact {
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
}

let contracts: Readonly<Record<string, OwnContract>> | undefined

/** One of the project's own contracts, which the build compiled. Throws `KeeperError('devnet-build')` when it is not there. */
export function ownContract(name: string): OwnArtifact {
  const file = join(projectRoot(), 'dist', 'contracts.json')
  try {
    contracts ??= (JSON.parse(readFileSync(file, 'utf8')) as { contracts: Record<string, OwnContract> }).contracts
  } catch (error) {
    throw new KeeperError('devnet-build', `${file} is missing; run \`npm run build\``, { file }, { cause: error })
  }
  const found = contracts[name]
  if (!found)
    throw new KeeperError('devnet-build', `the build has no contract ${name}; run \`npm run build\``, { name })
  return {
    name,
    abi: found.abi,
    bytecode: found.bytecode,
    deployedBytecode: found.deployedBytecode,
    linkReferences: {},
  }
}
