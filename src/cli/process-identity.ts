import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** Kernel's start time of a process on Linux (`/proc/<pid>/stat`, field 22), null when there is no such live process. */
function linuxStart(pid: number): string | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // the name in parentheses may hold anything, so count from its end: state is field 3
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : (fields[19] ?? null)
}

/**
 * What tells a process from a later one that got the same number: its start time. Null when no such process lives.
 * Pid numbers are reused, also from one boot to the next, so the number alone says nothing.
 */
export function processStart(pid: number): string | null {
  if (platform() === 'linux') return linuxStart(pid)
  const asked = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const text = asked.stdout.trim()
  return text === '' ? null : text
}

/** Changes with every boot on Linux; start times count from there. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
