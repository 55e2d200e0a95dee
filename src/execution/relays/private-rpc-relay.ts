import { messageOf } from '../../domain/errors.js'
import { oneLine, readAnswer, withoutUrl } from './answer.js'
import type { Endpoint } from './endpoint.js'
import type { Bundle, Relay, RelayResult } from './relay.js'
import { RelayFault, post } from './transport.js'

/** Answers by which a node says that it holds the transaction already; every other error is a refusal. */
const ALREADY_THERE = /already known|already imported|known transaction/i

/** A private RPC endpoint or a sequencer: each transaction by `eth_sendRawTransaction`, in order, to this URL alone. */
export class PrivateRpcRelay implements Relay {
  readonly name: string
  private nextId = 1

  constructor(
    private readonly endpoint: Endpoint,
    private readonly deadlineMs: number,
  ) {
    this.name = endpoint.host
  }

  async submit(bundle: Bundle): Promise<RelayResult> {
    let last: RelayResult = { kind: 'rejected', message: 'the bundle is empty' }
    for (const transaction of bundle.transactions) {
      last = await this.send(transaction)
      if (last.kind !== 'accepted') return last
    }
    return last
  }

  private async send(transaction: string): Promise<RelayResult> {
    try {
      const id = this.nextId++
      const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [transaction] })
      const headers = { 'content-type': 'application/json' }
      const answer = await post({ url: this.endpoint.url, headers, body, deadlineMs: this.deadlineMs })
      const read = readAnswer(answer, id, Date.now())
      if (read.kind === 'rejected' && ALREADY_THERE.test(read.message)) return { kind: 'accepted' }
      if (read.kind !== 'answered') return withoutUrl(read, this.endpoint.url)
      return typeof read.result === 'string' ? { kind: 'accepted', hash: read.result } : { kind: 'accepted' }
    } catch (error) {
      return error instanceof RelayFault ? error.result : { kind: 'unknown', why: oneLine(messageOf(error)) }
    }
  }
}
