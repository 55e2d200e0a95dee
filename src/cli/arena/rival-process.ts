import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { projectRoot } from '../../config/project-root.js'
import type { RivalBrief, RivalLine } from '../../devnet/rivals/brief.js'
import { KeeperError } from '../../domain/errors.js'

const STOP_MS = 5_000

/** A rival as a process of its own. */
export class RivalProcess {
  private last: RivalLine = { head: -1, waiting: 0 }
  private ended: string | null = null
  private stderr = ''

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.last = JSON.parse(line) as RivalLine
      })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-4_000)
    })
    child.once('exit', (code, signal) => {
      this.ended = `ended with ${code ?? signal ?? '?'}`
    })
  }

  static start(brief: RivalBrief): RivalProcess {
    const script = join(projectRoot(), 'dist', 'src', 'devnet', 'rivals', 'main.js')
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(JSON.stringify(brief))
    return new RivalProcess(brief.name, child)
  }

  /** What it complained of last. */
  get complaint(): string {
    return this.stderr.trim().split('\n').at(-1) ?? ''
  }

  /** Whether it has worked through this head and all that came with it. Throws when it has died. */
  isDone(head: number): boolean {
    if (this.ended !== null) throw new KeeperError('arena', `${this.name} ${this.ended}: ${this.complaint}`)
    return this.last.head >= head && this.last.waiting === 0
  }

  async stop(): Promise<void> {
    if (this.ended !== null) return
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(timer)
  }
}
