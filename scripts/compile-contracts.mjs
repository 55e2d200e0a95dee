// Compiles the project's own contracts (contracts/ and the test and devnet contracts beside their users) with solc into
// dist/contracts.json: { "<Name>": { abi, bytecode, deployedBytecode, immutableReferences, source } }. Unchanged inputs are not compiled again.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'dist', 'contracts.json')
const require = createRequire(import.meta.url)
const settings = {
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true,
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none' },
  outputSelection: {
    '*': {
      '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'],
    },
  },
}

function* solidity(folder) {
  if (!existsSync(join(root, folder))) return
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* solidity(join(folder, entry.name))
    else if (entry.name.endsWith('.sol')) yield join(folder, entry.name)
  }
}

const sources = {}
for (const file of ['contracts', 'src/devnet', 'test'].flatMap((folder) => [...solidity(folder)]))
  sources[file] = { content: readFileSync(join(root, file), 'utf8') }
const key = createHash('sha256')
  .update(JSON.stringify({ sources, settings }))
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (existsSync(output) && JSON.parse(readFileSync(output, 'utf8')).key === key) process.exit(0)

if (Object.keys(sources).length === 0) {
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(output, JSON.stringify({ key, contracts: {} }))
  process.exit(0)
}

const solc = require('solc-0827')
const findImport = (path) => {
  const file = join(root, path.startsWith('@') ? 'node_modules' : '', path)
  return existsSync(file) ? { contents: readFileSync(file, 'utf8') } : { error: `not found: ${path}` }
}
const compiled = JSON.parse(
  solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: findImport }),
)
const problems = (compiled.errors ?? []).filter((e) => e.severity === 'error')
for (const problem of compiled.errors ?? [])
  if (problem.severity === 'error' || !problem.sourceLocation?.file?.startsWith('@'))
    process.stderr.write(problem.formattedMessage)
if (problems.length > 0) process.exit(1)

const contracts = {}
for (const [source, named] of Object.entries(compiled.contracts ?? {})) {
  if (!(source in sources)) continue
  for (const [name, { abi, evm }] of Object.entries(named)) {
    if (contracts[name]) throw new Error(`two contracts are called ${name}: ${contracts[name].source} and ${source}`)
    contracts[name] = {
      source,
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      deployedBytecode: `0x${evm.deployedBytecode.object}`,
      immutableReferences: evm.deployedBytecode.immutableReferences,
    }
  }
}
mkdirSync(dirname(output), { recursive: true })
writeFileSync(output, JSON.stringify({ key, contracts }))
