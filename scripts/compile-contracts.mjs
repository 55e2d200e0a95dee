// Compiles the project's own contracts with solc into dist/contracts.json:
// { "<Name>": { abi, bytecode, deployedBytecode, immutableReferences, source } }. Two groups, each compiled again only when
// its sources changed: what goes to a real chain, optimised as far as solc can; and what only ever runs on a local one,
// compiled quickly.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'dist', 'contracts.json')
const require = createRequire(import.meta.url)

const settings = {
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none' },
  outputSelection: {
    '*': {
      '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'],
    },
  },
}
const GROUPS = [
  {
    name: 'production',
    folders: ['contracts'],
    settings: { ...settings, viaIR: true, optimizer: { enabled: true, runs: 1_000_000 } },
  },
  {
    name: 'local',
    folders: ['src/devnet', 'test'],
    settings: { ...settings, optimizer: { enabled: true, runs: 200 } },
  },
]

function* solidity(folder) {
  if (!existsSync(join(root, folder))) return
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* solidity(join(folder, entry.name))
    else if (entry.name.endsWith('.sol')) yield join(folder, entry.name)
  }
}

const read = (path) => readFileSync(join(root, path), 'utf8')
const findImport = (path) => {
  const file = path.startsWith('@') ? join('node_modules', path) : path
  return existsSync(join(root, file)) ? { contents: read(file) } : { error: `not found: ${path}` }
}

/** Imports of the project's own files count as sources of the group: a change there is a change here. */
function keyOf({ settings }, sources) {
  const own = [...solidity('contracts'), ...Object.keys(sources)].sort().map((file) => [file, read(file)])
  return createHash('sha256').update(JSON.stringify({ own, settings })).update(read('package-lock.json')).digest('hex')
}

function compile({ settings }, sources) {
  const solc = require('solc-0827')
  const input = { language: 'Solidity', sources, settings }
  const compiled = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }))
  const problems = compiled.errors ?? []
  for (const problem of problems)
    if (problem.severity === 'error' || !problem.sourceLocation?.file?.startsWith('@'))
      process.stderr.write(problem.formattedMessage)
  if (problems.some((problem) => problem.severity === 'error')) process.exit(1)
  const contracts = {}
  for (const [source, named] of Object.entries(compiled.contracts ?? {})) {
    if (!(source in sources)) continue
    for (const [name, { abi, evm }] of Object.entries(named)) {
      contracts[name] = {
        source,
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        immutableReferences: evm.deployedBytecode.immutableReferences,
      }
    }
  }
  return contracts
}

const before = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : {}
const groups = {}
const contracts = {}
for (const group of GROUPS) {
  const sources = Object.fromEntries(
    group.folders.flatMap((folder) => [...solidity(folder)]).map((file) => [file, { content: read(file) }]),
  )
  const key = keyOf(group, sources)
  const known = before.groups?.[group.name]
  const made =
    known?.key === key
      ? Object.fromEntries(known.names.map((name) => [name, before.contracts[name]]))
      : compile(group, sources)
  groups[group.name] = { key, names: Object.keys(made) }
  for (const [name, contract] of Object.entries(made)) {
    if (contracts[name])
      throw new Error(`two contracts are called ${name}: ${contracts[name].source} and ${contract.source}`)
    contracts[name] = contract
  }
}
mkdirSync(join(root, 'dist'), { recursive: true })
const unfinished = `${output}.${process.pid}`
writeFileSync(unfinished, JSON.stringify({ groups, contracts }))
renameSync(unfinished, output)
