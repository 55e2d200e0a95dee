import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger as createWinston, format, transports, type Logger as Winston } from 'winston'
import { SettingsError, messageOf } from '../domain/errors.js'
import type { LogFields, Logger } from '../domain/ports.js'
import { jsonLine, readableLine, type LogRecord } from './log-line.js'
import type { Redactor } from './redaction.js'

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Folder of the JSON files; null: no files. Created when missing. */
  readonly folder: string | null
  /** Readable lines on stderr: coloured, plain, or none. */
  readonly terminal: 'colour' | 'plain' | 'none'
  readonly redactor: Redactor
  /** Size in bytes at which a file is rotated, and how many are kept. */
  readonly maxBytes?: number
  readonly maxFiles?: number
}

const MAX_BYTES = 20 * 1024 * 1024
const MAX_FILES = 10
const CLOSE_TIMEOUT_MS = 2_000

/** A logger that is closed once at the end, so that the last lines reach the file. */
export interface ClosableLogger extends Logger {
  close(): Promise<void>
}

function fileTransport(folder: string, options: LoggerOptions): transports.FileTransportInstance {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new SettingsError('DATA_DIR', `cannot write logs to ${folder}: ${messageOf(error)}`, { cause: error })
  }
  return new transports.File({
    filename: join(folder, 'keeper.log'),
    maxsize: options.maxBytes ?? MAX_BYTES,
    maxFiles: options.maxFiles ?? MAX_FILES,
    tailable: true,
    format: format.printf(({ record }) => jsonLine(record as LogRecord)),
  })
}

function terminalTransport(colour: boolean): transports.ConsoleTransportInstance {
  return new transports.Console({
    // stdout carries results only
    stderrLevels: ['debug', 'info', 'warn', 'error'],
    format: format.printf(({ record }) => readableLine(record as LogRecord, colour)),
  })
}

/** Everything passes the redactor before any transport sees it. */
function writeTo(winston: Winston, redactor: Redactor) {
  return (level: LoggerOptions['level'], event: string, fields: LogFields = {}): void => {
    if (!winston.isLevelEnabled(level)) return
    const record: LogRecord = {
      at: new Date().toISOString(),
      level,
      event: redactor.text(event),
      fields: redactor.value(fields) as LogFields,
    }
    winston.log({ level, message: record.event, record })
  }
}

/**
 * winston behind the keeper's own interface: JSON lines in `<folder>/keeper.log`, rotated by size, and one readable line
 * each on stderr. Throws `SettingsError('DATA_DIR')` when the folder cannot be made.
 */
export function createLogger(options: LoggerOptions): ClosableLogger {
  const targets = [
    ...(options.folder === null ? [] : [fileTransport(options.folder, options)]),
    ...(options.terminal === 'none' ? [] : [terminalTransport(options.terminal === 'colour')]),
  ]
  const winston = createWinston({ level: options.level, transports: targets, silent: targets.length === 0 })
  const write = writeTo(winston, options.redactor)
  // a full disk must not stop the keeper; the terminal still speaks
  winston.on('error', (error) => process.stderr.write(`log: ${options.redactor.text(messageOf(error))}\n`))
  return {
    debug: (event, fields) => {
      write('debug', event, fields)
    },
    info: (event, fields) => {
      write('info', event, fields)
    },
    warn: (event, fields) => {
      write('warn', event, fields)
    },
    error: (event, fields) => {
      write('error', event, fields)
    },
    close: () => closed(winston),
  }
}

function closed(winston: Winston): Promise<void> {
  const files = winston.transports.filter((target) => target instanceof transports.File)
  const flushed = Promise.all(files.map((file) => new Promise((resolve) => file.once('finish', resolve))))
  const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())
  winston.end()
  return Promise.race([flushed.then(() => undefined), late])
}
