import type { CallRequest, CallResult, Reader } from '../domain/chain.js'

interface Waiting {
  readonly requests: readonly CallRequest[]
  resolve(results: CallResult[]): void
  reject(error: unknown): void
}

/** Makes one batch of the calls that are asked for in the same turn of the event loop, for reads that nobody waits for. */
export class JoinedReader implements Reader {
  private readonly waiting = new Map<number, Waiting[]>()
  readonly logs: Reader['logs']
  readonly code: Reader['code']
  readonly storage: Reader['storage']

  constructor(private readonly inner: Reader) {
    this.logs = (filter, from, to) => inner.logs(filter, from, to)
    this.code = (address, block) => inner.code(address, block)
    this.storage = (address, slot, block) => inner.storage(address, slot, block)
  }

  calls(requests: readonly CallRequest[], block: number): Promise<CallResult[]> {
    if (requests.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(block) ?? []
      if (queue.length === 0) {
        this.waiting.set(block, queue)
        setImmediate(() => void this.flush(block, queue))
      }
      queue.push({ requests, resolve, reject })
    })
  }

  private async flush(block: number, queue: readonly Waiting[]): Promise<void> {
    this.waiting.delete(block)
    try {
      const results = await this.inner.calls(
        queue.flatMap(({ requests }) => requests),
        block,
      )
      let from = 0
      for (const { requests, resolve } of queue) resolve(results.slice(from, (from += requests.length)))
    } catch (error) {
      for (const { reject } of queue) reject(error)
    }
  }
}
