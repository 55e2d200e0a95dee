import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { SettingsError, messageOf } from '../domain/errors.js'
import type { Env } from './read-settings.js'

/**
 * The environment with the settings of an env file under it: variables that are set win over the file. The file is
 * `named`, else `KEEPER_ENV_FILE`, else `.env` in the working directory if there is one; an empty name means none.
 * Throws `SettingsError` when a file that was named cannot be read.
 */
export function loadEnvironment(env: Env, named?: string): Env {
  const wanted = named ?? env['KEEPER_ENV_FILE']
  if (wanted === '') return env
  const path = wanted ?? '.env'
  if (wanted === undefined && !existsSync(path)) return env
  try {
    const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '')
    return { ...parse(readFileSync(path)), ...Object.fromEntries(set) }
  } catch (error) {
    throw new SettingsError('KEEPER_ENV_FILE', `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
}
