// Compiles src/, strategies/, abis/, test/ and bench/ into dist/, the project's own contracts into dist/contracts.json
// and the scan's kernels into dist/scan-kernels.wasm.
// With --if-changed nothing is started when no input changed since the last build.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, '.cache', 'build.stamp')
const say = (text) => process.stderr.write(`build: ${text}\n`)

function* files(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* files(join(folder, entry.name))
    else if (/\.(ts|sol|json)$/.test(entry.name)) yield join(folder, entry.name)
  }
}

/** Changes when any input was touched, added or removed; cheap: names, sizes and times, no contents. */
function inputStamp() {
  const hash = createHash('sha256')
  for (const folder of ['src', 'strategies', 'abis', 'test', 'bench', 'contracts']) {
    for (const file of existsSync(join(root, folder)) ? [...files(folder)].sort() : []) {
      const { size, mtimeMs } = statSync(join(root, file))
      hash.update(`${file} ${size} ${mtimeMs}\n`)
    }
  }
  const own = ['build', 'compile-contracts', 'compile-kernels'].map((name) => `scripts/${name}.mjs`)
  for (const file of ['tsconfig.json', 'package-lock.json', ...own]) {
    if (existsSync(join(root, file))) hash.update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function run(what, args) {
  const started = Date.now()
  say(`${what} …`)
  return new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] }).once('close', (code) => {
      say(code === 0 ? `${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s` : `${what} failed`)
      resolve(code === 0)
    })
  })
}

const now = inputStamp()
const dist = join(root, 'dist')
if (
  process.argv.includes('--if-changed') &&
  existsSync(join(dist, 'contracts.json')) &&
  existsSync(join(dist, 'scan-kernels.wasm')) &&
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === now
)
  process.exit(0)
rmSync(stamp, { force: true })
// the incremental state without the files it speaks of would build nothing
if (!existsSync(join(dist, 'src'))) rmSync(dist, { recursive: true, force: true })
// side by side: two cores halve the first build
const done = await Promise.all([
  run('compiling TypeScript', [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']),
  run('compiling contracts', [join(root, 'scripts/compile-contracts.mjs')]),
  run('compiling scan kernels', [join(root, 'scripts/compile-kernels.mjs')]),
])
if (done.includes(false)) process.exit(1)
mkdirSync(join(root, '.cache'), { recursive: true })
writeFileSync(stamp, now)
