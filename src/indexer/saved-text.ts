import { createHash } from 'node:crypto'

/** A state's text in pieces, with the SHA-256 of the whole. */
export interface SavedText {
  readonly chunks: readonly Buffer[]
  readonly sha256: string
}

/** How long the thread is kept at a time; what waits for it is a price on its way. */
const TURN_MS = 3

export function savedText(text: string): SavedText {
  const bytes = Buffer.from(text)
  return { chunks: [bytes], sha256: createHash('sha256').update(bytes).digest('hex') }
}

/**
 * Takes the parts a few milliseconds at a time and lets other work run between. `intact` is asked after each such pause; when
 * the state has moved meanwhile, the parts belong to no one block: null, nothing is to be written.
 */
export async function gatherText(parts: Iterable<string>, intact: () => boolean): Promise<SavedText | null> {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  let turn = performance.now()
  for (const part of parts) {
    const bytes = Buffer.from(part)
    hash.update(bytes)
    chunks.push(bytes)
    if (performance.now() - turn < TURN_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    if (!intact()) return null
    turn = performance.now()
  }
  return { chunks, sha256: hash.digest('hex') }
}
