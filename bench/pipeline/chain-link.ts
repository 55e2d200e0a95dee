import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Answer, Ask, Read, Services } from './messages.js'

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** Milliseconds of this process's `performance.now()` from the machine's monotonic clock, which all its processes share. */
const offsetMs = performance.now() - Number(process.hrtime.bigint()) / 1e6

/** The other end of `chain-main.ts`. */
export class ChainLink {
  private readonly waiting = new Map<number, Waiting>()
  private ids = 0
  private readonly listeners = new Set<(relay: string, atMs: number) => void>()

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Answer | Read) => {
      if ('read' in message)
        for (const hear of this.listeners) hear(message.read, Number(message.atNs) / 1e6 + offsetMs)
      else this.settle(message)
    })
    child.once('exit', (code) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`the chain's process ended with ${String(code)}`))
    })
  }

  /** Starts the chain with so many positions and waits until it stands. */
  static async start(positions: number): Promise<ChainLink> {
    const child = fork(join(__dirname, 'chain-main.js'), [String(positions)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const link = new ChainLink(child)
    await new Promise((resolve, reject) => link.waiting.set(0, { resolve, reject }))
    return link
  }

  ask<K extends keyof Services>(service: K, ask: Services[K]['ask']): Promise<Services[K]['answer']> {
    const id = ++this.ids
    return new Promise<Services[K]['answer']>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.child.send({ id, service, ask } as Ask)
    })
  }

  /** Hears of every body a relay has read, in `performance.now()` of this process; returns how to stop. */
  onRead(hear: (relay: string, atMs: number) => void): () => void {
    this.listeners.add(hear)
    return () => this.listeners.delete(hear)
  }

  async stop(): Promise<void> {
    const { child } = this
    if (child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }

  private settle(message: Answer): void {
    const waiting = this.waiting.get(message.id)
    this.waiting.delete(message.id)
    if ('error' in message) waiting?.reject(new Error(message.error))
    else waiting?.resolve(message.answer as never)
  }
}
