import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonFragment } from 'ethers'
import { z } from 'zod'
import type { Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { projectRoot } from './project-root.js'

const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})+$/)
  .transform((text) => text as Hex)

const contract = z.object({
  abi: z.array(z.custom<JsonFragment>((one) => typeof one === 'object' && one !== null)),
  bytecode: hex,
  deployedBytecode: hex,
  /** Where the runtime code holds immutables, by the compiler's numbers for them. */
  immutableReferences: z.record(z.string(), z.array(z.object({ start: z.number(), length: z.literal(32) }))),
})

const file = z.object({ contracts: z.record(z.string(), z.unknown()) })

/** One of the project's own contracts as the build compiled it. */
export type CompiledContract = z.output<typeof contract>

const missing = (what: string, name: string, cause?: unknown): KeeperError =>
  new KeeperError('no-artifact', `${what}; run \`npm run build\``, { name }, { cause })

let contracts: Readonly<Record<string, unknown>> | undefined

/** Out of dist/contracts.json, which is read once per process. Throws `KeeperError('no-artifact')` when the build has not made it. */
export function compiledContract(name: string): CompiledContract {
  const path = join(projectRoot(), 'dist', 'contracts.json')
  try {
    contracts ??= file.parse(JSON.parse(readFileSync(path, 'utf8'))).contracts
  } catch (error) {
    throw missing('dist/contracts.json is missing or damaged', name, error)
  }
  if (!(name in contracts)) throw missing(`the build has no contract ${name}`, name)
  const parsed = contract.safeParse(contracts[name])
  if (!parsed.success) throw missing(`dist/contracts.json does not hold the compiled ${name}`, name, parsed.error)
  return parsed.data
}
