import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import type { JournalEntry } from './journal-entry.js'
import { writeEntry } from './journal-entry.js'
import { replay } from './journal-replay.js'
import type { JournalFold, JournalState } from './journal-state.js'
import { entriesOf } from './journal-state.js'

/** Closed intents after which the file is rewritten without them. */
const COMPACT_AFTER_CLOSED = 512

export interface JournalOptions {
  readonly dataDir: string
  /** How many blocks past the head a deadline of this process may lie. */
  readonly reachBlocks: number
  readonly logger: Logger
  readonly nowMs?: () => number
  /** Identifies this boot of the machine; tests pass their own. */
  readonly bootId?: string
}

/** Changes with every boot of the machine; empty where the system has none, which then counts as another boot. */
export function readBootId(): string {
  const path = '/proc/sys/kernel/random/boot_id'
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}

/**
 * Append-only record of what was signed: one `write(2)` per decision, done before the first byte leaves the process, so it
 * survives `kill -9`; the flush to disk follows off the hot path. A machine crash may take the last write with it: then
 * `quarantineBlocks` says for how many blocks after the first head nothing may be signed.
 */
export class Journal {
  readonly path: string
  private readonly fold: JournalFold
  private readonly bootId: string
  private quarantine: number
  private fd: number
  private size: number
  private broken: string | null = null
  private flushing = false

  /** Throws `KeeperError('journal-corrupt')` naming the line when anything but the torn end of the file cannot be read. */
  constructor(private readonly options: JournalOptions) {
    this.path = join(options.dataDir, 'journal.jsonl')
    mkdirSync(options.dataDir, { recursive: true })
    const bytes = existsSync(this.path) ? readFileSync(this.path) : Buffer.alloc(0)
    const { fold, goodBytes } = replay(bytes, this.path)
    this.fold = fold
    if (goodBytes < bytes.length) this.keepTornEnd(bytes.subarray(goodBytes))
    this.fd = openSync(this.path, 'a', 0o600)
    ftruncateSync(this.fd, goodBytes)
    this.size = goodBytes
    const last = fold.unfinished
    this.bootId = options.bootId ?? readBootId()
    const sameBoot = last === null || (last.bootId === this.bootId && this.bootId !== '')
    this.quarantine = last !== null && (last.quarantine || !sameBoot) ? last.reachBlocks : 0
    this.appendSession()
  }

  /** Blocks after the first head in which nothing may be signed; 0 once `endQuarantine` was called. */
  get quarantineBlocks(): number {
    return this.quarantine
  }

  /** To be called when those blocks have passed and the operator's nonce was read back from the chain. */
  endQuarantine(): void {
    if (this.quarantine === 0) return
    this.quarantine = 0
    this.appendSession()
  }

  get state(): JournalState {
    return this.fold
  }

  /**
   * Writes the entries with one `write(2)` and returns when the kernel has them. Throws `KeeperError('journal-write')` when
   * it cannot: nothing may then be sent.
   */
  append(entries: readonly JournalEntry[]): void {
    if (this.broken !== null) throw this.writeError(this.broken)
    const bytes = Buffer.from(entries.map(writeEntry).join(''))
    try {
      const written = writeSync(this.fd, bytes)
      if (written !== bytes.length) throw new Error(`${written} of ${bytes.length} bytes were written`)
    } catch (error) {
      this.undoPartialWrite()
      throw this.writeError(messageOf(error))
    }
    this.size += bytes.length
    for (const entry of entries) this.fold.add(entry)
    this.flush()
  }

  /** Rewrites the file when closed intents have piled up; the previous file stays beside it as `journal.previous.jsonl`. */
  compactIfGrown(limit = COMPACT_AFTER_CLOSED): boolean {
    if (this.fold.closed < limit || this.broken !== null) return false
    const fresh = `${this.path}.new`
    writeFileSync(fresh, entriesOf(this.fold).map(writeEntry).join(''), { mode: 0o600 })
    const fd = openSync(fresh, 'a', 0o600)
    fsyncSync(fd)
    const previous = join(dirname(this.path), 'journal.previous.jsonl')
    rmSync(previous, { force: true })
    linkSync(this.path, previous)
    renameSync(fresh, this.path)
    closeSync(this.fd)
    this.fd = fd
    this.size = readFileSync(this.path).length
    this.fold.closed = 0
    return true
  }

  /** Marks a clean end. The open intents stay in the file for the next start. */
  close(): void {
    if (this.broken === null && this.quarantine === 0) this.append([{ kind: 'stop', atMs: this.now() }])
    fsyncSync(this.fd)
    closeSync(this.fd)
    this.broken = 'it is closed'
  }

  private appendSession(): void {
    const { bootId, quarantine } = this
    const { reachBlocks } = this.options
    const session = { bootId, reachBlocks, quarantine: quarantine > 0, atMs: this.now() }
    this.append([{ kind: 'session', session }])
  }

  private flush(): void {
    if (this.flushing) return
    this.flushing = true
    fdatasync(this.fd, (error) => {
      this.flushing = false
      // EBADF: compaction or close was faster, both of which have flushed
      if (error !== null && error.code !== 'EBADF') {
        this.options.logger.warn('journal-flush', { path: this.path, error: error.message })
      }
    })
  }

  private undoPartialWrite(): void {
    try {
      ftruncateSync(this.fd, this.size)
    } catch (error) {
      this.broken = `its end cannot be mended: ${messageOf(error)}`
    }
  }

  private keepTornEnd(bytes: Buffer): void {
    const path = `${this.path}.torn-${this.now()}`
    writeFileSync(path, bytes, { mode: 0o600 })
    this.options.logger.warn('journal-torn', { bytes: bytes.length, kept: path })
  }

  private writeError(why: string): KeeperError {
    return new KeeperError(
      'journal-write',
      `DATA_DIR: ${this.path} cannot be written (${why}); nothing is sent until the disk is writable again`,
    )
  }

  private now(): number {
    return (this.options.nowMs ?? Date.now)()
  }
}
