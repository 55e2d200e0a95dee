import { spawnSync } from 'node:child_process'

const PERIOD_MS = 500

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The shell that npm puts between itself and a script outlives an npm that was killed: then npm is watched as well. */
function npmAbove(parent: number): number | undefined {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined
  const pid = Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(parent)], { encoding: 'utf8' }).stdout)
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}

/** Calls `onGone` once when the process that started this one has ended, however it ended. Returns how to stop watching. */
export function watchParent(onGone: () => void): () => void {
  const parent = process.ppid
  const npm = npmAbove(parent)
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || lives(npm))) return
    clearInterval(timer)
    onGone()
  }, PERIOD_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
