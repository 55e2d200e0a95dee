import { decimal } from '../../domain/decimal-json.js'
import type { Logger } from '../../domain/ports.js'
import type { Cli } from '../command.js'

/** Warnings and errors of the rooms as plain lines, for commands that end by themselves; what goes well is not told. */
export function noticeLogger(cli: Cli): Logger {
  const say = (event: string, fields?: Readonly<Record<string, unknown>>): void => {
    cli.note(`${event}: ${JSON.stringify(fields ?? {}, decimal)}`)
  }
  const nothing = (): undefined => undefined
  return { debug: nothing, info: nothing, warn: say, error: say }
}
