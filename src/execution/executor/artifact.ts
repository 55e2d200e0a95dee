import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'

const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})+$/)
  .transform((text) => text as Hex)

const artifactFile = z.object({
  contracts: z.object({
    LiquidationExecutor: z.object({
      bytecode: hex,
      deployedBytecode: hex,
      immutableReferences: z.record(z.string(), z.array(z.object({ start: z.number(), length: z.literal(32) }))),
    }),
  }),
})

/** The executor as the build compiled it. Its one immutable is the wrapped native token. */
export interface ExecutorArtifact {
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
  /** Byte offsets in `deployedBytecode` of the 32-byte words that hold the wrapped native token's address. */
  readonly immutableOffsets: readonly number[]
}

let cached: ExecutorArtifact | undefined

/** Reads dist/contracts.json, once per process. Throws `KeeperError('no-artifact')` when the build has not made it. */
export function executorArtifact(): ExecutorArtifact {
  cached ??= readArtifact(artifactPath())
  return cached
}

function readArtifact(path: string): ExecutorArtifact {
  const parsed = artifactFile.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success) throw noArtifact(`${path} does not hold the compiled LiquidationExecutor`)
  const { bytecode, deployedBytecode, immutableReferences } = parsed.data.contracts.LiquidationExecutor
  const offsets = Object.values(immutableReferences).flatMap((uses) => uses.map((use) => use.start))
  return { bytecode, deployedBytecode, immutableOffsets: offsets }
}

/** Source and compiled files lie at different depths below the root: the nearest dist/ above either is the one. */
function artifactPath(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'dist', 'contracts.json')
    if (existsSync(path)) return path
  }
  throw noArtifact('dist/contracts.json is missing')
}

const noArtifact = (detail: string): KeeperError => new KeeperError('no-artifact', `${detail}; run \`npm run build\``)

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
