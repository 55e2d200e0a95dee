import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../../../config/project-root.js'
import type { RivalOrder } from '../../../devnet/geb/rival.js'

const STOP_MS = 3_000

/** The rival as its own process: all it shares with the keeper is the chain. */
export class RivalProcess {
  private constructor(private readonly child: ChildProcess) {}

  static start(order: RivalOrder, complain: (line: string) => void): RivalProcess {
    const script = join(projectRoot(), 'dist', 'src', 'devnet', 'geb', 'rival-main.js')
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      complain(chunk.toString().trim())
    })
    child.stdin.end(JSON.stringify(order))
    return new RivalProcess(child)
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(timer)
  }
}
