// `npm run check`: everything that can be said of the code without running it. Prints one line a step.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = (script, ...args) => [process.execPath, [`node_modules/${script}`, ...args]]
const steps = [
  ['lock file is complete', process.execPath, ['scripts/complete-lock.mjs', '--check']],
  ['types', ...node('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false')],
  ['format', ...node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')],
  ['lint', ...node('eslint/bin/eslint.js', '--max-warnings', '0', '.')],
  [
    'import arrow',
    ...node(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'strategies',
      'abis',
      'test',
      'bench',
    ),
  ],
  ['settings documents are current', process.execPath, ['bin/keeper.js', 'settings', '--check']],
]

let failed = 0
for (const [what, command, args] of steps) {
  const started = Date.now()
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${done.status === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`)
  if (done.status !== 0) {
    failed++
    console.log([done.stdout, done.stderr, done.error?.message].filter(Boolean).join('\n').trimEnd())
  }
}
process.exit(failed === 0 ? 0 : 1)
