import { Interface } from 'ethers'
import { WebSocket } from 'ws'
import { openEventStream } from '../../chain/event-stream.js'
import { KeptConnection } from '../../chain/kept-connection.js'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { silentLogger } from '../../domain/ports.js'
import { isRecord } from '../proxy/json-rpc.js'
import type { RivalBrief } from './brief.js'

/** A report that has not landed, and how it can be followed. */
export interface RivalReport {
  readonly forwarder: Address
  readonly aggregator: Address
  readonly data: Hex
  /** The hash on chain of a public one, or what the auction calls a hidden one. */
  readonly hash: Hex
  readonly hidden: boolean
}

export interface Ears {
  stop(): Promise<void>
}

const NEWEST = 9
const FORWARD = new Interface(['function forward(address to, bytes data)'])

/** Heads, the public mempool and the stream of hints: what everybody hears, in the instant in which everybody hears it. */
export function listen(
  brief: RivalBrief,
  onHead: (number: number) => void,
  onReport: (report: RivalReport) => void,
): Ears {
  const take = (to: unknown, data: unknown, hash: unknown, hidden: boolean): void => {
    const report = typeof to === 'string' && typeof data === 'string' ? reportOf(brief, to, data) : null
    if (report && typeof hash === 'string') onReport({ ...report, hash: hash as Hex, hidden })
  }
  const socket = new WebSocket(brief.wsUrl)
  socket.on('open', () => {
    for (const [id, params] of [['newHeads'], ['newPendingTransactions', true]].entries())
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params }))
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: NEWEST, method: 'eth_blockNumber', params: [] }))
  })
  socket.on('message', (text: Buffer) => {
    const { params, id, ...answer } = JSON.parse(text.toString()) as {
      params?: { result?: unknown }
      id?: number
      result?: unknown
    }
    const result = params?.result
    // the head that was there before it listened
    if (id === NEWEST) onHead(Number(answer.result))
    if (!isRecord(result)) return
    if ('parentHash' in result) onHead(Number(result['number']))
    else take(result['to'], result['input'], result['hash'], false)
  })
  socket.on('error', () => undefined)
  const onData = (text: string): void => {
    const { hash, txs } = JSON.parse(text) as { hash: Hex; txs?: { to?: string; callData?: string }[] }
    for (const { to, callData } of txs ?? []) take(to, callData, hash, true)
  }
  const stream = new KeptConnection({
    name: 'hints',
    open: (onLost) => openEventStream({ url: brief.streamUrl, onData, onLost, idleMs: 60_000, maxEventBytes: 1 << 20 }),
    logger: silentLogger,
  })
  stream.start()
  return {
    async stop() {
      socket.terminate()
      await stream.stop()
    },
  }
}

function reportOf({ aggregators }: RivalBrief, to: string, data: string): Omit<RivalReport, 'hash' | 'hidden'> | null {
  const call = data.startsWith('0x6fadcf72') ? FORWARD.decodeFunctionData('forward', data) : null
  if (call === null) return null
  const [aggregator, inner] = call.toArray() as [string, Hex]
  if (!aggregators.includes(toAddress(aggregator))) return null
  return { forwarder: toAddress(to), aggregator: toAddress(aggregator), data: inner }
}
