import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KeeperError } from '../../domain/errors.js'
import { projectRoot } from '../../config/project-root.js'

/** One line of the keeper's JSON log. */
export interface KeeperEvent {
  readonly at: string
  readonly level: string
  readonly event: string
  readonly [field: string]: unknown
}

const READY_MS = 60_000
const STOP_MS = 8_000
const LOOK_MS = 50

/** Arguments for node to run `keeper` as a process that does not outlive this one. */
export function keeperScript(): string[] {
  const root = projectRoot()
  return ['--require', join(root, 'dist', 'src', 'cli', 'demo', 'die-with-parent.js'), join(root, 'bin', 'keeper.js')]
}

/** The keeper as its own process, started as `npm start` does; heard through its log file and its HTTP port. */
export class KeeperProcess {
  private readonly log: string
  private offset = 0
  private rest = ''
  private stderr = ''
  private port: number | null = null
  private ended: string | null = null
  private ready = false
  private readonly listening: NodeJS.Timeout

  private constructor(
    private readonly child: ChildProcess,
    dataDir: string,
    private readonly onEvent: (event: KeeperEvent) => void,
  ) {
    this.log = join(dataDir, 'logs', 'keeper.log')
    // what an earlier keeper wrote there is not this one's
    this.offset = existsSync(this.log) ? statSync(this.log).size : 0
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-4_000)
    })
    child.once('exit', (code, signal) => {
      this.ended = `ended with ${code ?? signal ?? '?'}`
    })
    this.listening = setInterval(() => {
      this.listen()
    }, LOOK_MS)
  }

  /** Starts it and waits until it follows the chain. Throws `KeeperError('keeper-start')` with its last words. */
  static async start(
    env: NodeJS.ProcessEnv,
    dataDir: string,
    onEvent: (event: KeeperEvent) => void,
  ): Promise<KeeperProcess> {
    const child = spawn(process.execPath, [...keeperScript(), 'run'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const keeper = new KeeperProcess(child, dataDir, onEvent)
    for (const until = Date.now() + READY_MS; !keeper.ready; await sleep(LOOK_MS)) {
      if (keeper.ended === null && Date.now() < until) continue
      await keeper.stop()
      throw new KeeperError(
        'keeper-start',
        `the keeper ${keeper.ended ?? 'is not ready in time'}: ${keeper.stderr.trim()}`,
      )
    }
    return keeper
  }

  /** `/healthz` as JSON, with problems where there are any. */
  async health(): Promise<Readonly<Record<string, unknown>>> {
    const answer = await fetch(`http://127.0.0.1:${this.port ?? 0}/healthz`)
    return (await answer.json()) as Record<string, unknown>
  }

  /** The text of `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port ?? 0}/metrics`)).text()
  }

  /** Throws when it is gone although nobody stopped it. */
  mustLive(): void {
    if (this.ended !== null) throw new KeeperError('keeper-died', `the keeper ${this.ended}: ${this.stderr.trim()}`)
  }

  /** Sends a signal and returns at once. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** How it ended (`ended with 0`, `ended with SIGKILL`), or null when it still runs after `milliseconds`. */
  async end(milliseconds: number): Promise<string | null> {
    for (const until = Date.now() + milliseconds; this.ended === null && Date.now() < until;) await sleep(LOOK_MS)
    if (this.ended !== null) await this.stop()
    return this.ended
  }

  /** SIGINT as pm2 sends it; SIGKILL when it does not end. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.ended === null) {
      this.child.kill('SIGINT')
      for (const until = Date.now() + STOP_MS; this.ended === null && Date.now() < until;) await sleep(LOOK_MS)
      if (this.ended === null) this.child.kill('SIGKILL')
    }
    clearInterval(this.listening)
    this.listen()
  }

  private listen(): void {
    if (!existsSync(this.log)) return
    const file = openSync(this.log, 'r')
    try {
      const buffer = Buffer.alloc(1 << 16)
      for (let read = readSync(file, buffer, 0, buffer.length, this.offset); read > 0;) {
        this.offset += read
        this.rest += buffer.toString('utf8', 0, read)
        read = readSync(file, buffer, 0, buffer.length, this.offset)
      }
    } finally {
      closeSync(file)
    }
    const lines = this.rest.split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.hear(JSON.parse(line) as KeeperEvent)
  }

  private hear(event: KeeperEvent): void {
    if (event.event === 'start' && typeof event['port'] === 'number') this.port = event['port']
    if (event.event === 'ready') this.ready = true
    this.onEvent(event)
  }
}
