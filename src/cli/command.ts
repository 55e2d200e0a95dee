import type { Command } from 'commander'
import { loadEnvironment } from '../config/env-file.js'
import { docOf, SETTING_NAMES, type SettingName } from '../config/settings-schema.js'
import { readSettings, type Env } from '../config/read-settings.js'
import type { Settings } from '../config/settings.js'
import type { Needs } from '../config/settings-checks.js'
import type { Redactor } from '../ops/redaction.js'

/** What a command gets from the process; tests pass their own. Results go to `out`, everything else to `note`. */
export interface Cli {
  readonly env: Env
  /** Learns every secret as soon as settings are read; all output passes it. */
  readonly redactor: Redactor
  out(line: string): void
  note(line: string): void
}

/** Every file of a command exports `register: Register`. */
export type Register = (program: Command, cli: Cli) => void

/** Secrets never become flags: everybody on the machine can read a process list. */
const FLAGS: readonly SettingName[] = SETTING_NAMES.filter((name) => docOf(name).secret !== true)
const flagOf = (name: string): string => `--${name.toLowerCase().replaceAll('_', '-')}`
const attribute = (name: string): string => name.toLowerCase().replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())

/** Switches: the flag alone means true. */
const SWITCHES: readonly SettingName[] = ['DRY_RUN']

/**
 * Lets a command take every setting that is no secret as a flag, e.g. `--min-profit-usd 5`; `except` are settings for
 * which it has a flag of its own.
 */
export function withSettingFlags(command: Command, except: readonly SettingName[] = []): Command {
  for (const name of FLAGS) {
    if (except.includes(name)) continue
    const value = SWITCHES.includes(name) ? '[value]' : '<value>'
    command.option(`${flagOf(name)} ${value}`, `instead of ${name}`)
  }
  return command
}

/** The settings of a command: flags over environment over env file. Prints a line for each name that looks misspelt. */
export function settingsOf(command: Command, cli: Cli, needs: Needs): Settings {
  const options: Record<string, unknown> = command.optsWithGlobals()
  const file = options['envFile']
  const env: Record<string, string | undefined> = {
    ...loadEnvironment(cli.env, typeof file === 'string' ? file : undefined),
  }
  for (const name of FLAGS) {
    const value = options[attribute(name)]
    if (typeof value === 'string') env[name] = value
    else if (value === true) env[name] = 'true'
  }
  const settings = readSettings(env, { needs })
  for (const secret of settings.secrets) cli.redactor.add(secret)
  for (const warning of settings.warnings) cli.note(`warning: ${warning}`)
  return settings
}
