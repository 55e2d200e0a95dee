import { compiledContract } from '../../config/compiled-contracts.js'
import type { Address, Hex } from '../../domain/chain.js'

/** The executor as the build compiled it. Its one immutable is the wrapped native token. */
export interface ExecutorArtifact {
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
  /** Byte offsets in `deployedBytecode` of the 32-byte words that hold the wrapped native token's address. */
  readonly immutableOffsets: readonly number[]
}

let cached: ExecutorArtifact | undefined

/** Throws `KeeperError('no-artifact')` when the build has not made it. */
export function executorArtifact(): ExecutorArtifact {
  cached ??= readArtifact()
  return cached
}

function readArtifact(): ExecutorArtifact {
  const { bytecode, deployedBytecode, immutableReferences } = compiledContract('LiquidationExecutor')
  const offsets = Object.values(immutableReferences).flatMap((uses) => uses.map((use) => use.start))
  return { bytecode, deployedBytecode, immutableOffsets: offsets }
}

/** Runtime code with every immutable set to `wrappedNative`: what a deployment leaves on chain. */
export function runtimeCode(wrappedNative: Address): Hex {
  const { deployedBytecode, immutableOffsets } = executorArtifact()
  return withImmutables(deployedBytecode, immutableOffsets, wrappedNative.slice(2).padStart(64, '0'))
}

/** True when `code` is the executor's runtime code, whichever wrapped native token it was deployed with. */
export function isExecutorCode(code: string): boolean {
  const { deployedBytecode, immutableOffsets } = executorArtifact()
  const zeros = '0'.repeat(64)
  return (
    code.length === deployedBytecode.length &&
    withImmutables(code.toLowerCase() as Hex, immutableOffsets, zeros) ===
      withImmutables(deployedBytecode, immutableOffsets, zeros)
  )
}

function withImmutables(code: Hex, offsets: readonly number[], word: string): Hex {
  let patched: string = code
  for (const offset of offsets) {
    const at = 2 + 2 * offset
    patched = patched.slice(0, at) + word + patched.slice(at + word.length)
  }
  return patched as Hex
}
