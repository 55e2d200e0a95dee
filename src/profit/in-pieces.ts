/** Work that may be interrupted: `yield` stands where one search of a leg has ended. */
export type InPieces<T> = Generator<undefined, T, undefined>

/** All pieces at once. */
export function finished<T>(work: InPieces<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}
