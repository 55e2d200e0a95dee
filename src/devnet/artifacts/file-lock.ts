import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code

/** Runs `work` while this process alone holds the lock file; a lock whose holder is gone is taken over. */
export async function withFileLock<T>(path: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  for (let waits = 0; !tryTake(path); waits++) {
    if (waits === 0) onWait()
    if (!holderLives(path)) rmSync(path, { force: true })
    else await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function tryTake(path: string): boolean {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function holderLives(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // created but not written yet: give its writer a moment
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(path).mtimeMs < 2_000
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (codeOf(error) === 'EPERM') return true
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return false
    throw error
  }
}
