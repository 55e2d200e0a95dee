import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from '../../../src/domain/chain.js'

export interface SunkBundle {
  readonly raw: Hex
  readonly block: number
  readonly uuid: string
  /** All transactions of the bundle, ours last. */
  readonly txs: readonly Hex[]
  /** The whole of `mev_sendBundle`'s parameter, where it was that. */
  readonly mev: unknown
}

export interface BundleSink {
  readonly url: string
  readonly bundles: SunkBundle[]
  readonly cancelled: string[]
  /** Requests of any kind. */
  requests(): number
  close(): Promise<void>
}

interface Request {
  readonly id: number
  readonly method: string
  readonly params: readonly [
    {
      readonly txs?: Hex[]
      readonly blockNumber?: string
      readonly replacementUuid?: string
      readonly body?: readonly { readonly tx?: Hex }[]
    },
  ]
}

/** A relay that accepts everything and does nothing with it: the test decides what is mined. */
export async function bundleSink(): Promise<BundleSink> {
  const bundles: SunkBundle[] = []
  const cancelled: string[] = []
  let requests = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      requests += 1
      // a relay that is only greeted
      if (body === '') return void response.end()
      const { id, method, params } = JSON.parse(body) as Request
      const [first] = params
      if (method === 'eth_cancelBundle') cancelled.push(first.replacementUuid ?? '')
      else if (typeof first === 'string') bundles.push({ raw: first as Hex, block: 0, uuid: '', txs: [], mev: null })
      else {
        const mev = method === 'mev_sendBundle' ? first : null
        const txs = first.txs ?? first.body?.flatMap(({ tx }) => (tx === undefined ? [] : [tx])) ?? []
        const raw = txs.at(-1) ?? '0x'
        bundles.push({ raw, txs, mev, block: Number(first.blockNumber), uuid: first.replacementUuid ?? '' })
      }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { bundleHash: `0x${'0'.repeat(64)}` } }))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bundles,
    cancelled,
    requests: () => requests,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
