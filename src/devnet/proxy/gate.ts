/**
 * Many readers or one writer, a waiting writer before new readers. Block production is the writer: while it has
 * transactions in anvil's pool, nobody who could see that pool is answered.
 */
export class Gate {
  #readers = 0
  #writing = false
  readonly #waitingWriters: (() => void)[] = []
  #waitingReaders: (() => void)[] = []

  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#writing || this.#waitingWriters.length > 0)
      await new Promise<void>((resolve) => this.#waitingReaders.push(resolve))
    this.#readers++
    try {
      return await work()
    } finally {
      this.#readers--
      this.#wake()
    }
  }

  async write<T>(work: () => Promise<T>): Promise<T> {
    while (this.#writing || this.#readers > 0) await new Promise<void>((resolve) => this.#waitingWriters.push(resolve))
    this.#writing = true
    try {
      return await work()
    } finally {
      this.#writing = false
      this.#wake()
    }
  }

  #wake(): void {
    if (this.#writing || this.#readers > 0) return
    const writer = this.#waitingWriters.shift()
    if (writer) {
      writer()
      return
    }
    const readers = this.#waitingReaders
    this.#waitingReaders = []
    for (const reader of readers) reader()
  }
}
