import { KeeperError, messageOf } from '../domain/errors.js'
import { readEntry } from './journal-entry.js'
import { JournalFold } from './journal-state.js'

export interface Replayed {
  readonly fold: JournalFold
  /** Bytes from the start that were read; what follows is the torn end of a write that never returned. */
  readonly goodBytes: number
}

const NEWLINE = 10

/** The end of a write that never returned (no newline), or the zeros of a machine crash: nothing was sent after it. */
const isTorn = (rest: Buffer): boolean =>
  !rest.includes(NEWLINE) || rest.every((byte) => byte === 0 || byte === NEWLINE)

function corrupt(path: string, line: number, error: unknown): KeeperError {
  const why = error instanceof Error && error.name === 'ZodError' ? 'it is no journal entry' : messageOf(error)
  return new KeeperError(
    'journal-corrupt',
    `DATA_DIR: line ${line} of ${path} cannot be read (${why}); transactions may be in flight: wait until ` +
      'their deadline blocks have passed, then move the file aside and start again',
    { path, line },
    { cause: error },
  )
}

/** Reads a whole journal. Throws `KeeperError('journal-corrupt')` with the line for anything bad but a torn end. */
export function replay(bytes: Buffer, path: string): Replayed {
  const fold = new JournalFold()
  let start = 0
  for (let line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start)
    if (newline === -1) return { fold, goodBytes: start }
    try {
      fold.add(readEntry(bytes.toString('utf8', start, newline)))
    } catch (error) {
      if (isTorn(bytes.subarray(start))) return { fold, goodBytes: start }
      throw corrupt(path, line, error)
    }
    start = newline + 1
  }
  return { fold, goodBytes: start }
}
