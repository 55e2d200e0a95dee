/** How long anything may take on a machine that is busy with something else; who waits goes on as soon as it is there. */
const PATIENCE_MS = 60_000

/** Waits for a condition; throws with what was waited for when it does not come true. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
