import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeeperError } from '../../domain/errors.js'
import { projectRoot } from '../../config/project-root.js'
import { GROUPS, compilationKey } from './aave-v36-sources.js'
import type { Artifact } from './artifact.js'
import { withFileLock } from './file-lock.js'

export type AaveV36Artifacts = Readonly<Record<string, Artifact>>

const say = (text: string): void => void process.stderr.write(`devnet: ${text}\n`)
let loaded: Promise<AaveV36Artifacts> | undefined

/**
 * Aave v3.6 by contract name, compiled once from the sources that its package ships (15–20 s on two cores) and kept in
 * `.cache/`, which git ignores: its licence is for the package's users, not for this repository.
 * Throws `KeeperError('devnet-compile')` with the compiler's message.
 */
export function aaveV36Artifacts(): Promise<AaveV36Artifacts> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined
    throw error
  })
  return loaded
}

async function load(): Promise<AaveV36Artifacts> {
  const folder = join(projectRoot(), '.cache', 'aave-v3-origin')
  const file = join(folder, `${compilationKey()}.json`)
  if (!existsSync(file))
    await withFileLock(
      join(folder, 'compile.lock'),
      async () => {
        if (!existsSync(file)) await compileInto(file)
      },
      () => {
        say('another process is compiling Aave v3.6; waiting for it')
      },
    )
  return JSON.parse(readFileSync(file, 'utf8')) as AaveV36Artifacts
}

async function compileInto(file: string): Promise<void> {
  const started = Date.now()
  const seconds = (): string => ((Date.now() - started) / 1000).toFixed(0)
  say('compiling Aave v3.6, once (about 15 s) …')
  const ticking = setInterval(() => {
    say(`compiling Aave v3.6 … ${seconds()} s`)
  }, 5_000)
  const scratch = mkdtempSync(join(tmpdir(), 'keeper-aave-'))
  try {
    const parts = await Promise.all(Object.keys(GROUPS).map((group) => compileGroup(group, join(scratch, group))))
    mkdirSync(join(file, '..'), { recursive: true })
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(Object.assign({}, ...parts)))
    renameSync(unfinished, file)
    say(`compiled Aave v3.6 in ${seconds()} s`)
  } finally {
    clearInterval(ticking)
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** In a process of its own from the built code, so that two groups compile at once and their 400 MB are given back. */
function compileGroup(group: string, output: string): Promise<AaveV36Artifacts> {
  const script = join(projectRoot(), 'dist', 'src', 'devnet', 'artifacts', 'aave-v36-compiler.js')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, group, output], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(readFileSync(output, 'utf8')) as AaveV36Artifacts)
      else reject(new KeeperError('devnet-compile', `Aave v3.6 does not compile (${group}): ${said.trim()}`, { group }))
    })
  })
}
