/**
 * Row lengths that have a bucket of their own. A longer row takes the next bucket and is filled up with padding entries
 * (constant slot, amount 0), which add nothing to its sum. 256 entries: both sides of 128 reserves, the most Aave has.
 */
export const WIDTHS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 128, 256]
export const MOST_ENTRIES = 256
/** Rows of one block: the same entry of four neighbouring rows lies side by side. */
export const LANES = 4

const BUCKET_OF = Uint8Array.from({ length: MOST_ENTRIES + 1 }, (_, n) => WIDTHS.findIndex((width) => width >= n))

/** The bucket of a row with `entries` entries. Throws `RangeError` above `MOST_ENTRIES`. */
export function bucketOf(entries: number): number {
  const bucket = BUCKET_OF[entries]
  if (bucket === undefined) throw new RangeError(`a row of ${entries} entries; at most ${MOST_ENTRIES} fit`)
  return bucket
}

export const widthOf = (bucket: number): number => WIDTHS[bucket] ?? MOST_ENTRIES
