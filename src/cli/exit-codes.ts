import { SettingsErrors } from '../config/settings-errors.js'
import { KeeperError, messageOf, SettingsError } from '../domain/errors.js'
import { oneLine } from '../ops/log-line.js'

/** The exit codes of every command; pm2 does not restart after `settings`. */
export const EXIT = { ok: 0, failure: 1, settings: 2 } as const

export const exitCodeHelp = (): string =>
  `Exit codes:
  0  done (a stopped keeper too)
  1  it failed while running; a supervisor may start it again
  2  a setting, file, key or argument must be mended first; starting it again changes nothing`

/** Files of DATA_DIR that only a person can mend: starting again would fail for ever. */
const FOR_A_PERSON: ReadonlySet<string> = new Set(['ledger-corrupt', 'journal-corrupt', 'risk-state'])

/** One clear line for each thing that went wrong; what a node or relay said in it cannot make lines of its own. */
export function explain(error: unknown): { readonly lines: readonly string[]; readonly code: number } {
  const forPerson = error instanceof SettingsError || (error instanceof KeeperError && FOR_A_PERSON.has(error.code))
  const code = forPerson ? EXIT.settings : EXIT.failure
  if (error instanceof SettingsErrors) return { lines: error.problems.map(({ message }) => oneLine(message)), code }
  if (error instanceof KeeperError) return { lines: [oneLine(error.message)], code }
  const text = messageOf(error).split('\n')[0] ?? ''
  return { lines: [`unexpected: ${text === '' ? 'an error without a message' : oneLine(text)}`], code }
}
