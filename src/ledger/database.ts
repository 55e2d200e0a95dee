import Libsql from 'libsql'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { KeeperError, messageOf } from '../domain/errors.js'

export type SqlValue = string | number | bigint | null
export type Row = Readonly<Record<string, SqlValue>>

/** The one place that knows the SQLite library: statements by text, rows without the library's own fields. */
export class Database {
  private readonly library: Libsql.Database
  private readonly statements = new Map<string, Libsql.Statement>()

  /**
   * Opens or creates the file, checks it and takes the `steps` that it has not seen: a file of version n has seen the first
   * n. Throws `KeeperError('ledger-corrupt')` when it is damaged or no database; the file is never changed then.
   */
  constructor(
    readonly path: string,
    steps: readonly string[],
  ) {
    const existed = existsSync(path)
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    try {
      this.library = new Libsql(path)
      this.library.exec('PRAGMA busy_timeout = 5000')
      if (existed) this.check()
      // FULL: a booking that was reported is on the disk; nothing on the hot path waits for it
      this.library.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      if (this.version() < steps.length) this.upgrade(steps)
      else if (this.version() > steps.length)
        throw new Error(`it was written by a newer keeper (version ${this.version()})`)
    } catch (error) {
      throw new KeeperError(
        'ledger-corrupt',
        `DATA_DIR: the ledger ${path} cannot be used (${messageOf(error).split('\n')[0] ?? ''}); ` +
          'it was left as it is: restore a copy, or move it and its -wal and -shm files aside to start an empty one',
        { path },
        { cause: error },
      )
    }
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.statement(sql).run(values)
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return (this.statement(sql).all(values) as Record<string, SqlValue>[]).map(stripped)
  }

  one(sql: string, ...values: SqlValue[]): Row | null {
    const row = this.statement(sql).get(values) as Record<string, SqlValue> | undefined
    return row === undefined ? null : stripped(row)
  }

  /** All or nothing. */
  atomically<T>(work: () => T): T {
    this.library.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.library.exec('COMMIT')
      return result
    } catch (error) {
      this.library.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    // the library keeps the file open until its statements are collected: leave nothing in the -wal file for then
    this.statement('PRAGMA wal_checkpoint(TRUNCATE)').all()
    this.statements.clear()
    this.library.close()
  }

  private version(): number {
    return Number(this.one('PRAGMA user_version')?.['user_version'] ?? 0)
  }

  /** All missing steps or none; the version is read again under the lock, a second process may have been faster. */
  private upgrade(steps: readonly string[]): void {
    this.atomically(() => {
      for (const step of steps.slice(this.version())) this.library.exec(step)
      this.library.exec(`PRAGMA user_version = ${steps.length}`)
    })
  }

  private check(): void {
    const found = this.one('PRAGMA quick_check(1)')
    const verdict = Object.values(found ?? {})[0]
    if (verdict !== 'ok') throw new Error(`quick_check says ${String(verdict)}`)
  }

  private statement(sql: string): Libsql.Statement {
    const known = this.statements.get(sql)
    if (known !== undefined) return known
    const made = this.library.prepare(sql)
    this.statements.set(sql, made)
    return made
  }
}

/** libsql puts the timing of the query into each row. */
function stripped({ _metadata, ...row }: Record<string, SqlValue>): Row {
  return row
}

/** A column that must hold text. */
export const textOf = (row: Row, column: string): string => {
  const value = row[column]
  if (typeof value !== 'string') throw new KeeperError('ledger-corrupt', `the ledger's column ${column} holds no text`)
  return value
}
export const bigOf = (row: Row, column: string): bigint => BigInt(textOf(row, column))
export const numberOf = (row: Row, column: string): number => Number(row[column] ?? 0)
