/**
 * Who is quoted when not all can be: those that were not refused lately first, then those that wait longest, the largest
 * first among equals. Large positions that nobody can exit must not take the turn of all others in every block.
 */
export class QuoteTurns {
  private refusedAt = new Map<string, number>()

  /** At most `most` of `all`, and the rest. */
  split<T>(
    all: readonly T[],
    most: number,
    of: { readonly place: (one: T) => string; readonly size: (one: T) => bigint },
  ): { now: readonly T[]; later: readonly T[] } {
    const turn = (one: T): number => this.refusedAt.get(of.place(one)) ?? -1
    const bySize = (a: bigint, b: bigint): number => (a === b ? 0 : a > b ? -1 : 1)
    const ranked = [...all].sort((a, b) => turn(a) - turn(b) || bySize(of.size(a), of.size(b)))
    return { now: ranked.slice(0, most), later: ranked.slice(most) }
  }

  /** What the quotes at `block` said; positions that are in neither list are forgotten. */
  quoted(refused: readonly string[], waiting: readonly string[], block: number): void {
    const kept = waiting.flatMap((place): [string, number][] => {
      const at = this.refusedAt.get(place)
      return at === undefined ? [] : [[place, at]]
    })
    this.refusedAt = new Map([...kept, ...refused.map((place): [string, number] => [place, block])])
  }
}
