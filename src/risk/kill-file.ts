import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `DATA_DIR/KILL`: while it exists nothing is signed. Asked before every signature, so it works within one block. */
export const killFileOf = (dataDir: string): string => join(dataDir, 'KILL')

/** How the switch was pulled, or null. */
export const pulledBy = (dataDir: string): string | null =>
  existsSync(killFileOf(dataDir)) ? `file ${killFileOf(dataDir)}` : null

/** Pulls the switch from inside (signal): the file stays, so a restart changes nothing. */
export function pullKillSwitch(dataDir: string, why: string): void {
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(killFileOf(dataDir), `${why}\n`, { mode: 0o600 })
}

export function releaseKillSwitch(dataDir: string): void {
  rmSync(killFileOf(dataDir), { force: true })
}
