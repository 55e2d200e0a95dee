/** Requests per minute by method (Flashbots documentation, searcher rate limits). */
export const FLASHBOTS_LIMITS: Readonly<Record<string, number>> = {
  eth_sendBundle: 1_800,
  eth_cancelBundle: 600,
  eth_callBundle: 300,
  mev_sendBundle: 1_800,
  mev_simBundle: 300,
}
const OTHERS = 120

/** Counts requests of each signer in the minutes of the wall clock. */
export class RateLimiter {
  readonly #counts = new Map<string, number>()
  #minute = 0

  constructor(
    readonly perMinute: Readonly<Record<string, number>> = FLASHBOTS_LIMITS,
    readonly now: () => number = Date.now,
  ) {}

  admit(method: string, signer = ''): boolean {
    const minute = Math.floor(this.now() / 60_000)
    if (minute !== this.#minute) this.#counts.clear()
    this.#minute = minute
    const key = `${method} ${signer}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= (this.perMinute[method] ?? OTHERS)
  }
}
