import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Artifact } from '../../../src/devnet/artifacts/artifact.js'
import { packageFolder } from '../../../src/devnet/artifacts/package-artifact.js'
import type { Contract, Deployer } from '../../../src/devnet/deployer.js'

const PACKAGE = '@morpho-org/morpho-blue'
const SOURCE = `${PACKAGE}/src/Morpho.sol`

interface Solc {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string
}

interface Output {
  readonly contracts?: Readonly<
    Record<string, { readonly Morpho?: { readonly abi: Artifact['abi']; readonly evm: Evm } }>
  >
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
}
interface Evm {
  readonly bytecode: { readonly object: string }
}

/** The package's own source; its pragma alone is widened, from 0.8.19 to the compiler that is here. */
const sourceOf = (path: string): string =>
  readFileSync(join(packageFolder(PACKAGE), path.slice(PACKAGE.length)), 'utf8').replace(
    'solidity 0.8.19',
    'solidity ^0.8.19',
  )

function morphoArtifact(): Artifact {
  const solc = createRequire(__filename)('solc-0827') as Solc
  const input = {
    language: 'Solidity',
    sources: { [SOURCE]: { content: sourceOf(SOURCE) } },
    settings: {
      evmVersion: 'cancun',
      viaIR: true,
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { [SOURCE]: { Morpho: ['abi', 'evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => ({ contents: sourceOf(path) }) }),
  ) as Output
  const morpho = output.contracts?.[SOURCE]?.Morpho
  if (morpho === undefined) throw new Error(output.errors?.map((e) => e.formattedMessage).join('\n'))
  return { name: 'Morpho', abi: morpho.abi, bytecode: `0x${morpho.evm.bytecode.object}`, linkReferences: {} }
}

/** The real Morpho Blue, compiled from its package's sources. */
export const deployMorpho = (on: Deployer): Promise<Contract> => on.deploy(morphoArtifact(), [on.from])
