import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KeeperError } from '../../domain/errors.js'
import type { Artifact } from './artifact.js'

/** Folder of an installed package. Throws `KeeperError('devnet-package')` when it is not installed. */
export function packageFolder(name: string): string {
  try {
    return dirname(require.resolve(`${name}/package.json`))
  } catch (error) {
    throw new KeeperError(
      'devnet-package',
      `the local chain needs the package ${name}, which is not installed; run \`npm ci\` with its development packages`,
      { package: name },
      { cause: error },
    )
  }
}

export function packageVersion(name: string): string {
  return (JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8')) as { version: string }).version
}

/** A compiled contract that a package ships, at `artifacts/contracts/<source>/<Name>.json` (hardhat's layout). */
export function packageArtifact(packageName: string, source: string): Artifact {
  const contract = source.slice(source.lastIndexOf('/') + 1).replace(/\.sol$/, '')
  const file = join(packageFolder(packageName), 'artifacts', 'contracts', source, `${contract}.json`)
  const { abi, bytecode, linkReferences } = JSON.parse(readFileSync(file, 'utf8')) as Omit<Artifact, 'name'>
  return { name: contract, abi, bytecode, linkReferences }
}

/** The same at `out/<Name>.sol/<Name>.json` (foundry's layout); no libraries to link. */
export function foundryArtifact(packageName: string, name: string): Artifact {
  const file = join(packageFolder(packageName), 'out', `${name}.sol`, `${name}.json`)
  const { abi, bytecode } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Artifact, 'abi'> & {
    bytecode: { object: Artifact['bytecode'] }
  }
  return { name, abi, bytecode: bytecode.object, linkReferences: {} }
}
