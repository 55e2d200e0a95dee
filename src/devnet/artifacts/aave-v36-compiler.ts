/** A process of its own that compiles one group: `node aave-v36-compiler.js <group> <output file>`. */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { JsonFragment } from 'ethers'
import { messageOf } from '../../domain/errors.js'
import type { Artifact, LinkReferences } from './artifact.js'
import { GROUPS, compilerInput, sourceText, type Group } from './aave-v36-sources.js'

interface Solc {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Compiled>>>>
}

interface Compiled {
  readonly abi: readonly JsonFragment[]
  readonly evm: { readonly bytecode: { readonly object: string; readonly linkReferences: LinkReferences } }
}

const findImport = (path: string): { contents: string } | { error: string } => {
  try {
    return { contents: sourceText(path) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

function compileGroup(group: Group): Record<string, Artifact> {
  // solc ships no types; its compiler is 9 MB of WebAssembly, loaded only here
  const solc = createRequire(__filename)('solc-0827') as Solc
  const output = JSON.parse(solc.compile(JSON.stringify(compilerInput(group)), { import: findImport })) as Output
  const errors = (output.errors ?? []).filter((e) => e.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join('\n'))
  const artifacts: Record<string, Artifact> = {}
  for (const named of Object.values(output.contracts ?? {}))
    for (const [name, { abi, evm }] of Object.entries(named)) {
      const { object, linkReferences } = evm.bytecode
      artifacts[name] = { name, abi, bytecode: `0x${object}`, linkReferences }
    }
  return artifacts
}

const [group = '', file = ''] = process.argv.slice(2)
if (!(group in GROUPS) || file === '') throw new Error('usage: aave-v36-compiler <pool|rest> <output file>')
writeFileSync(file, JSON.stringify(compileGroup(group as Group)))
