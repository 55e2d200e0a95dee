/** Least number of inserted, deleted or replaced characters that turns `a` into `b` (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that `name` misspells by at most two characters, case apart; null when none is near. */
export function closestName(name: string, known: readonly string[]): string | null {
  if (name.length < 6) return null
  const near = known.filter((candidate) => Math.abs(candidate.length - name.length) <= 2)
  return near.find((candidate) => editDistance(name.toUpperCase(), candidate) <= 2) ?? null
}
