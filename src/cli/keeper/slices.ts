const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, WAIT_MS))

/** How long one goes on before everybody else on this thread has a turn. */
const SLICE_MS = 1
/** How long one waits for what is urgent. */
const WAIT_MS = 3

/** Work in the background of one thread: short pieces, never while something urgent is under way, and a budget for all. */
export class Slices {
  private spentMs = 0
  private sliceMs = 0

  constructor(
    private readonly budgetSeconds: number,
    private readonly busy: () => boolean,
  ) {}

  get seconds(): number {
    return this.spentMs / 1000
  }

  get isSpent(): boolean {
    return this.seconds >= this.budgetSeconds
  }

  /** Does a short piece when it is its turn. Rejects with what `work` throws. */
  async run<T>(work: () => T): Promise<T> {
    if (this.sliceMs >= SLICE_MS) {
      this.sliceMs = 0
      await nextTurn()
    }
    while (this.busy()) await soon()
    const started = performance.now()
    try {
      return work()
    } finally {
      const ms = performance.now() - started
      this.spentMs += ms
      this.sliceMs += ms
    }
  }

  /** The same for work that comes in pieces. Rejects with what it throws. */
  async pieces<T>(work: Iterator<undefined, T, undefined>): Promise<T> {
    for (;;) {
      const { done, value } = await this.run(() => work.next())
      if (done === true) return value
    }
  }
}
