const COLOURS: Readonly<Record<string, string>> = {
  debug: '\x1b[90m',
  info: '\x1b[36m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
}
const DIM = '\x1b[2m'
const RESET = '\x1b[0m'

/** Control and formatting characters could move the cursor or forge a line: texts of tokens and relays are not ours. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The text as one line that moves no cursor. */
export const oneLine = (text: string): string => text.replace(CONTROL, ' ')

/** The text as it may reach a terminal: its own line ends, and nothing else that is no character. */
export const printable = (text: string): string => text.split('\n').map(oneLine).join('\n')

function shown(value: unknown): string {
  if (typeof value === 'string') return oneLine(/[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value)
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
    return shown(value.message)
  return oneLine(JSON.stringify(value) ?? 'undefined')
}

export interface LogRecord {
  readonly at: string
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** `12:30:59.123 warn  refused  market=aave position=0x… code=dust-rule`: one line for one event. */
export function readableLine({ at, level, event, fields }: LogRecord, colour: boolean): string {
  const time = at.slice(11, 23)
  const rest = Object.entries(fields).map(([key, value]) => `${oneLine(key)}=${shown(value)}`)
  const name = oneLine(event).padEnd(14)
  if (!colour) return `${time} ${level.padEnd(5)} ${name} ${rest.join(' ')}`.trimEnd()
  return `${DIM}${time}${RESET} ${COLOURS[level] ?? ''}${level.padEnd(5)}${RESET} ${name} ${rest.join(' ')}`.trimEnd()
}

const RESERVED = new Set(['at', 'level', 'event'])

/** One line of the JSON log; a field with a reserved name is kept with an underscore before it. */
export function jsonLine({ at, level, event, fields }: LogRecord): string {
  const renamed = Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `_${key}` : key, value])
  return JSON.stringify({ at, level, event, ...(Object.fromEntries(renamed) as object) })
}
