import type { PositionRefusal } from '../domain/refusal.js'
import type { Database } from './database.js'

/** Counts each refusal once a block; at most `most` rows are kept, the longest unseen go first. */
export function writeRefusals(db: Database, refusals: readonly PositionRefusal[], block: number, most: number): void {
  if (refusals.length === 0) return
  db.atomically(() => {
    for (const { market, position, code, detail, figure } of refusals) {
      db.run(
        `INSERT INTO refusals (market, position, code, detail, figure, first_block, last_block, count)
         VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (market, position, code) DO UPDATE SET detail = excluded.detail,
         figure = excluded.figure, last_block = max(last_block, excluded.last_block),
         count = count + (excluded.last_block > last_block)`,
        ...[market, position, code, detail, figure ?? null, block, block],
      )
    }
    prune(db, most)
  })
}

function prune(db: Database, most: number): void {
  const excess = Number(db.one('SELECT count(*) AS n FROM refusals')?.['n'] ?? 0) - most
  if (excess <= 0) return
  db.run('DELETE FROM refusals WHERE rowid IN (SELECT rowid FROM refusals ORDER BY last_block, rowid LIMIT ?)', excess)
}
