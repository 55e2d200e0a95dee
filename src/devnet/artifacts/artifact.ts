import type { JsonFragment } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'

/** Source file → library → the places of its 20-byte address in the code, byte offsets. */
export type LinkReferences = Readonly<Record<string, Readonly<Record<string, readonly { readonly start: number }[]>>>>

export interface Artifact {
  readonly name: string
  readonly abi: readonly JsonFragment[]
  /** Creation code; where `linkReferences` is not empty it must go through `link` first. */
  readonly bytecode: string
  readonly linkReferences: LinkReferences
}

/** Creation code with the addresses of its libraries. Throws `KeeperError('devnet-link')` when one of them is missing. */
export function link(artifact: Artifact, libraries: Readonly<Record<string, Address>>): Hex {
  let code = artifact.bytecode
  for (const named of Object.values(artifact.linkReferences))
    for (const [library, places] of Object.entries(named)) {
      const address = libraries[library]
      if (address === undefined)
        throw new KeeperError('devnet-link', `${artifact.name} needs the library ${library}, which is not deployed yet`)
      for (const { start } of places) {
        const at = 2 + start * 2
        code = code.slice(0, at) + address.slice(2) + code.slice(at + 40)
      }
    }
  return code as Hex
}
