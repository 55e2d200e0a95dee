import type { ChainLink } from './chain-link.js'

const WAIT_MS = 10_000

/** The time at which the last of `relays` had read its first whole body after this call; null when they are not all asked. */
export function lastRead(link: ChainLink, relays: number): { readonly at: Promise<number | null>; cancel(): void } {
  const first = new Map<string, number>()
  let end: (at: number | null) => void = () => undefined
  const at = new Promise<number | null>((resolve) => (end = resolve))
  const stop = link.onRead((relay, atMs) => {
    if (!first.has(relay)) first.set(relay, atMs)
    if (first.size === relays) finish(Math.max(...first.values()))
  })
  const timer = setTimeout(() => {
    finish(null)
  }, WAIT_MS)
  function finish(value: number | null): void {
    clearTimeout(timer)
    stop()
    end(value)
  }
  return {
    at,
    cancel: () => {
      finish(null)
    },
  }
}
