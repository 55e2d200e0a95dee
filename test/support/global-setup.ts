import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')

function run(what: string, ...args: string[]): void {
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (done.status !== 0) throw new Error(`${what} failed; see the messages above`)
}

/**
 * Before the first test: build what changed (workers and child processes run compiled code), and compile Aave into the
 * cache, so that no test's time limit has to cover a compiler.
 */
export default function globalSetup(): void {
  run('the build', join(root, 'scripts', 'build.mjs'), '--if-changed')
  const aave = join(root, 'dist', 'src', 'devnet', 'artifacts', 'aave-v36.js')
  run(
    'compiling Aave v3.6',
    '-e',
    `require(${JSON.stringify(aave)}).aaveV36Artifacts().catch((e) => { console.error(e); process.exit(1) })`,
  )
}
