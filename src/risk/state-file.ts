import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { RiskState } from './risk-state.js'
import { FRESH_STATE, forgiven, parseState, stateText } from './risk-state.js'

const pathOf = (dataDir: string): string => join(dataDir, 'risk.json')

/** What the breakers remember. Throws `KeeperError('risk-state')` for a damaged file: a tripped breaker is not forgotten. */
export function readRiskState(dataDir: string): RiskState {
  const path = pathOf(dataDir)
  if (!existsSync(path)) return FRESH_STATE
  try {
    return parseState(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new KeeperError(
      'risk-state',
      `DATA_DIR: ${path} cannot be read (${messageOf(error).split('\n')[0] ?? ''}); ` +
        'a breaker may have been tripped: look at the report, then move the file aside',
      { path },
      { cause: error },
    )
  }
}

/** Replaces the file as a whole, on the disk when this returns. */
export function writeRiskState(dataDir: string, state: RiskState): void {
  mkdirSync(dataDir, { recursive: true })
  const path = pathOf(dataDir)
  const fd = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(fd, stateText(state))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

/**
 * The explicit reset: tripped breakers and what led to them count no more. The kill switch is a file of its own and stays.
 * Throws as `readRiskState`: what a damaged file held a person must look at first.
 */
export function resetBreakers(dataDir: string): void {
  writeRiskState(dataDir, forgiven(readRiskState(dataDir)))
}
