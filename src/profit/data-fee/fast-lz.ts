const HASH_BITS = 13
const MULTIPLIER = 2_654_435_769
const FARTHEST = 0x1fff
/** The last bytes are never the start of a match. */
const TAIL = 13
const LITERALS_PER_RUN = 32
/** Longest match that one instruction describes, less the three bytes that every match has. */
const MATCH_CHUNK = 262

/** Literals cost themselves and one byte per run of 32. */
const literalCost = (count: number): number => count + Math.ceil(count / LITERALS_PER_RUN)

/** A match costs two bytes when it is short, three otherwise, per chunk; `more`: bytes beyond the first three. */
const matchCost = (more: number): number => 3 * Math.floor(more / MATCH_CHUNK) + (more % MATCH_CHUNK >= 6 ? 3 : 2)

/**
 * Length of `data` after FastLZ level 1, which is how the OP stack measures a transaction since Fjord (specs: Fjord,
 * "FastLZ Implementation"). Nothing is compressed, only counted.
 */
export function fastLzLength(data: Uint8Array): number {
  const lastAt = new Int32Array(1 << HASH_BITS)
  const three = (at: number): number => (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16)
  const slotOf = (word: number): number => Math.imul(word, MULTIPLIER) >>> (32 - HASH_BITS)
  const end = Math.max(0, data.length - TAIL)
  const matchEnd = end + 8
  let size = 0
  let written = 0
  let at = 2
  while (at < end) {
    const word = three(at)
    const slot = slotOf(word)
    const before = lastAt[slot] ?? 0
    lastAt[slot] = at
    if (at - before > FARTHEST || word !== three(before)) {
      at += 1
      continue
    }
    if (at > written) size += literalCost(at - written)
    let more = 0
    while (at + 3 + more < matchEnd && data[before + 3 + more] === data[at + 3 + more]) more += 1
    size += matchCost(more)
    const next = at + more + 1
    for (const known of [next, next + 1]) lastAt[slotOf(three(known))] = known
    at = next + 2
    written = at
  }
  return size + literalCost(data.length - written)
}
