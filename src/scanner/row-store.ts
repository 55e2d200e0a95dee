/**
 * The rows of one market inside the worker, bucketed by length so that the inner loop of the scan has a fixed trip count.
 *
 * Invariants:
 * 1. A position is in at most one bucket, at one place; `place` and the bucket's `ids` are inverse to each other.
 * 2. Bucket `n` keeps its rows dense: `amounts` and `slots` of row r lie at [r·n, (r+1)·n).
 * 3. A removed row is overwritten by the bucket's last one.
 */
interface Bucket {
  readonly width: number
  count: number
  ids: Uint32Array
  slots: Uint16Array
  amounts: Float64Array
}

/** A row's place: `width` of its bucket and index in it. */
interface Place {
  width: number
  row: number
}

const FIRST_CAPACITY = 64

export class RowStore {
  private readonly buckets = new Map<number, Bucket>()
  private readonly places = new Map<number, Place>()

  get size(): number {
    return this.places.size
  }

  clear(): void {
    this.buckets.clear()
    this.places.clear()
  }

  /** Puts or replaces the row of `id`; an empty row removes it. `slots` and `amounts` have equal length. */
  set(id: number, slots: Uint16Array, amounts: Float64Array): void {
    const old = this.places.get(id)
    if (old !== undefined && old.width !== slots.length) this.remove(id, old)
    if (slots.length === 0) return
    const bucket = this.bucket(slots.length)
    const row = old !== undefined && old.width === slots.length ? old.row : this.append(bucket, id)
    bucket.slots.set(slots, row * bucket.width)
    bucket.amounts.set(amounts, row * bucket.width)
  }

  /**
   * Ids of all rows with Σ amount · weight[slot] < `tolerance`, in no particular order. Whoever fills rows and weights
   * rounds them outward (`SlotWeights`), so that no liquidatable position is missing. A sum that is not a number counts
   * as below: it is for the exact check to decide.
   */
  below(weights: Float64Array, tolerance: number): Uint32Array<ArrayBuffer> {
    const found: number[] = []
    for (const { width, count, ids, slots, amounts } of this.buckets.values()) {
      for (let row = 0, at = 0; row < count; row++) {
        let sum = 0
        for (const end = at + width; at < end; at++) sum += (amounts[at] ?? NaN) * (weights[slots[at] ?? -1] ?? NaN)
        if (!(sum >= tolerance)) found.push(ids[row] ?? 0)
      }
    }
    return Uint32Array.from(found)
  }

  private bucket(width: number): Bucket {
    let bucket = this.buckets.get(width)
    if (bucket === undefined) {
      bucket = { width, count: 0, ...emptyColumns(width, FIRST_CAPACITY) }
      this.buckets.set(width, bucket)
    }
    return bucket
  }

  private append(bucket: Bucket, id: number): number {
    if (bucket.count === bucket.ids.length) grow(bucket)
    const row = bucket.count++
    bucket.ids[row] = id
    this.places.set(id, { width: bucket.width, row })
    return row
  }

  private remove(id: number, { width, row }: Place): void {
    const bucket = this.bucket(width)
    const last = --bucket.count
    const lastId = bucket.ids[last]
    if (row !== last && lastId !== undefined) {
      bucket.ids[row] = lastId
      bucket.slots.copyWithin(row * width, last * width, (last + 1) * width)
      bucket.amounts.copyWithin(row * width, last * width, (last + 1) * width)
      this.places.set(lastId, { width, row })
    }
    this.places.delete(id)
  }
}

const emptyColumns = (width: number, capacity: number): Pick<Bucket, 'ids' | 'slots' | 'amounts'> => ({
  ids: new Uint32Array(capacity),
  slots: new Uint16Array(capacity * width),
  amounts: new Float64Array(capacity * width),
})

function grow(bucket: Bucket): void {
  const { ids, slots, amounts } = bucket
  Object.assign(bucket, emptyColumns(bucket.width, ids.length * 2))
  bucket.ids.set(ids)
  bucket.slots.set(slots)
  bucket.amounts.set(amounts)
}
