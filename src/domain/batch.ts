import type { CallRequest, Hex, Reader } from './chain.js'
import { KeeperError } from './errors.js'

/** Called with (calls done, calls expected). */
export type Progress = (done: number, of: number) => void

const SLICE = 4_000

/** Batched reads at one block, with one count of progress over all rounds of a cold start. */
export class Batch {
  private done = 0
  private expected = 0

  constructor(
    private readonly reader: Reader,
    private readonly block: number,
    private readonly progress: Progress = () => undefined,
  ) {}

  /** Announces calls that are coming, so that an estimate can be shown before they are made. */
  expect(calls: number): void {
    this.expected = Math.max(this.expected, this.done + calls)
  }

  /** Answers in the order of the requests; null where a call reverted. */
  async try(requests: readonly CallRequest[]): Promise<(Hex | null)[]> {
    this.expect(requests.length)
    const answers: (Hex | null)[] = []
    for (let at = 0; at < requests.length; at += SLICE) {
      const slice = requests.slice(at, at + SLICE)
      const results = await this.reader.calls(slice, this.block)
      if (results.length !== slice.length)
        throw new KeeperError('read-failed', 'the reader answered fewer calls than asked')
      for (const { ok, data } of results) answers.push(ok ? data : null)
      this.done += slice.length
      this.progress(this.done, this.expected)
    }
    return answers
  }

  /** The same where every call must succeed; throws `KeeperError('read-failed')` with the first that did not. */
  async all(requests: readonly CallRequest[]): Promise<Hex[]> {
    const answers = await this.try(requests)
    return answers.map((answer, i) => {
      if (answer !== null && answer !== '0x') return answer
      const request = requests[i]
      throw new KeeperError(
        'read-failed',
        `call ${request?.data.slice(0, 10) ?? ''} to ${request?.to ?? ''} failed at block ${String(this.block)}: ` +
          'the market file names another contract, or the node lacks the state of that block',
        { to: request?.to, data: request?.data, block: this.block },
      )
    })
  }
}
