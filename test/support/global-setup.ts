import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Workers and child processes run compiled code: build what changed before the first test. */
export default function globalSetup(): void {
  const root = join(__dirname, '..', '..')
  const done = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-changed'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (done.status !== 0) throw new Error('the build failed; see the messages above')
}
