import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger as createWinston, format, transports, type Logger as Winston } from 'winston'
import { SettingsError, messageOf } from '../domain/errors.js'
import type { LogFields, Logger } from '../domain/ports.js'
import { LogFile } from './log-file.js'
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

/** A logger that is closed once at the end; what is logged later goes nowhere. */
export interface ClosableLogger extends Logger {
  close(): Promise<void>
}

function openFile(folder: string, options: LoggerOptions, failed: (why: string) => void): LogFile {
  const { maxBytes = MAX_BYTES, maxFiles = MAX_FILES } = options
  try {
    return new LogFile({ folder, maxBytes, maxFiles, failed })
  } catch (error) {
    throw new SettingsError('DATA_DIR', `cannot write logs to ${folder}: ${messageOf(error)}`, { cause: error })
  }
}

type Target = transports.StreamTransportInstance

function fileTarget(file: LogFile): Target {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      file.write(chunk.toString())
      done()
    },
  })
  return new transports.Stream({
    stream,
    eol: '',
    format: format.printf(({ record }) => jsonLine(record as LogRecord)),
  })
}

/** stderr, because stdout carries results only. */
function terminalTarget(colour: boolean): Target {
  const line = format.printf(({ record }) => readableLine(record as LogRecord, colour))
  return new transports.Stream({ stream: process.stderr, format: line })
}

/** Everything passes the redactor before any transport sees it. */
function writeTo(winston: Winston, redactor: Redactor) {
  return (level: LoggerOptions['level'], event: string, fields: LogFields = {}): void => {
    if (winston.writableEnded || !winston.isLevelEnabled(level)) return
    const record: LogRecord = {
      at: new Date().toISOString(),
      level,
      event: redactor.text(event),
      fields: redactor.value(fields) as LogFields,
    }
    winston.log({ level, message: record.event, record })
  }
}

/** Ends winston and waits until every transport has seen its last line. */
async function ended(winston: Winston, targets: readonly Target[]): Promise<void> {
  if (winston.writableEnded) return
  const finished = Promise.all(targets.map((target) => new Promise((resolve) => target.once('finish', resolve))))
  winston.end()
  await Promise.race([finished, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
}

/**
 * winston behind the keeper's own interface: JSON lines in `<folder>/keeper.log`, rotated by size, and one readable line
 * each on stderr. Throws `SettingsError('DATA_DIR')` when the folder cannot be written.
 */
export function createLogger(options: LoggerOptions): ClosableLogger {
  const { redactor, folder, terminal } = options
  let complained = false
  const file = folder === null ? null : openFile(folder, options, failed)
  function failed(why: string): void {
    // a full disk must not stop the keeper; the terminal still speaks, once
    if (!complained) process.stderr.write(`log: cannot write to ${folder ?? ''}: ${redactor.text(why)}\n`)
    complained = true
  }
  const targets: Target[] = []
  if (file !== null) targets.push(fileTarget(file))
  if (terminal !== 'none') targets.push(terminalTarget(terminal === 'colour'))
  const winston = createWinston({ level: options.level, transports: targets, silent: targets.length === 0 })
  const write = writeTo(winston, redactor)
  const at = (level: LoggerOptions['level']) => (event: string, fields?: LogFields) => {
    write(level, event, fields)
  }
  const close = async (): Promise<void> => {
    await ended(winston, targets)
    file?.close()
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), close }
}
