import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '../artifacts/artifact.js'
import { packageFolder } from '../artifacts/package-artifact.js'

const PACKAGE = '@opendollar/contracts'
const loaded = new Map<string, Artifact>()

/** A compiled contract of the Open Dollar package (forge's layout: `abi/<Name>.json`). */
export function gebArtifact(name: string): Artifact {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const file = join(packageFolder(PACKAGE), 'abi', `${name}.json`)
  const { abi, bytecode } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly abi: Artifact['abi']
    readonly bytecode: { readonly object: string }
  }
  const made = { name, abi, bytecode: bytecode.object, linkReferences: {} }
  loaded.set(name, made)
  return made
}
