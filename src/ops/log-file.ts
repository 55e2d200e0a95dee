import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../domain/errors.js'

export interface LogFileOptions {
  readonly folder: string
  /** Size in bytes from which the next line goes to a new file. */
  readonly maxBytes: number
  /** How many files are kept: `keeper.log` and `keeper.1.log` … `keeper.<n-1>.log`, the oldest last. */
  readonly maxFiles: number
  /** Told when a line cannot be written (disk full); the keeper goes on. */
  readonly failed: (why: string) => void
}

/**
 * A file of lines, rotated by size. Each line is one `write(2)` before the call returns: a crash right after it loses
 * nothing, and an end needs no flush. (winston's own file transport drops what it has buffered when it is closed.)
 */
export class LogFile {
  #descriptor: number | null = null
  #size = 0

  /** Creates the folder and opens the file; throws what the file system throws. */
  constructor(private readonly options: LogFileOptions) {
    mkdirSync(options.folder, { recursive: true })
    this.#open()
  }

  write(line: string): void {
    try {
      if (this.#size >= this.options.maxBytes) this.#rotate()
      if (this.#descriptor === null) this.#open()
      this.#size += writeSync(this.#descriptor ?? this.#open(), `${line}\n`)
    } catch (error) {
      this.options.failed(messageOf(error))
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #path(age: number): string {
    return join(this.options.folder, age === 0 ? 'keeper.log' : `keeper.${age}.log`)
  }

  #open(): number {
    const descriptor = openSync(this.#path(0), 'a', 0o600)
    this.#descriptor = descriptor
    this.#size = fstatSync(descriptor).size
    return descriptor
  }

  #rotate(): void {
    this.close()
    const oldest = this.options.maxFiles - 1
    rmSync(this.#path(oldest), { force: true })
    for (let age = oldest - 1; age >= 0; age--) {
      if (existsSync(this.#path(age))) renameSync(this.#path(age), this.#path(age + 1))
    }
  }
}
