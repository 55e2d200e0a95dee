// Sets up everything a command needs, once: dependencies, compiled TypeScript, compiled contracts.
// Node's own modules only; safe to start twice at once; a second run ends in some tens of milliseconds.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache')
const lockFile = join(cache, 'setup.lock')
const say = (text) => process.stderr.write(`setup: ${text}\n`)

function fail(text) {
  say(text)
  process.exit(1)
}

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node ${process.versions.node} is too old; install Node 20.19 or newer`)
const glibc = process.report?.getReport?.().header.glibcVersionRuntime
if (process.platform === 'linux' && (glibc === undefined || Number(glibc.split('.')[1]) < 35)) {
  say(
    `glibc ${glibc ?? '(none: musl?)'} is older than 2.35: the keeper runs, but the local chain (anvil) of \`npm run demo\` and \`npm test\` cannot start here`,
  )
}

/** True while the process that holds the lock lives. */
function holderLives() {
  let pid
  try {
    pid = Number(readFileSync(lockFile, 'utf8'))
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(lockFile).mtimeMs < 5_000
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error.code === 'EPERM') return true
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return false
    throw error
  }
}

function takeLock() {
  mkdirSync(cache, { recursive: true })
  for (let waited = 0; ; waited += 250) {
    try {
      const fd = openSync(lockFile, 'wx')
      writeSync(fd, String(process.pid))
      closeSync(fd)
      process.on('exit', () => rmSync(lockFile, { force: true }))
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!holderLives()) rmSync(lockFile, { force: true })
      else if (waited % 10_000 === 0) say('another setup is running; waiting for it')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
    }
  }
}

/** Run a step with its output on stderr; print what it is before and how long it took after. */
function step(what, command, args, cause) {
  const started = Date.now()
  say(`${what} …`)
  const env = { ...process.env }
  delete env.npm_config_loglevel // a `--silent` outside must not hide the cause of a failure inside
  const done = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (done.status !== 0)
    fail(`${what} failed (${done.error?.message ?? `exit code ${done.status ?? done.signal}`}). ${cause}`)
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

const sha = (...parts) =>
  parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex')
const stampOf = (name) => (existsSync(join(cache, name)) ? readFileSync(join(cache, name), 'utf8') : '')

takeLock()
const wanted = sha(readFileSync(join(root, 'package-lock.json')), process.versions.node, process.arch, process.platform)
if (stampOf('install.stamp') !== wanted || !existsSync(join(root, 'node_modules'))) {
  rmSync(join(cache, 'install.stamp'), { force: true })
  step(
    'installing dependencies (about a minute the first time)',
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    'Check the network and that the npm registry can be reached, then run the command again.',
  )
  writeFileSync(join(cache, 'install.stamp'), wanted)
}
const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-changed'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
if (build.status !== 0)
  fail(`the build failed (exit code ${build.status ?? build.signal}); the messages above name the file`)
