import { spawn, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import { anvilBinary, startFailure } from './anvil-binary.js'
import { rpcOver, type BatchRpc } from './rpc.js'
import { withSettledReverts } from './settled-reverts.js'

export interface AnvilOptions {
  /** Default: a free port that the kernel chooses. */
  readonly port?: number
  /** Default 31337. */
  readonly chainId?: number
  /** Default true: a block per transaction. False: blocks are made by `evm_mine` alone, in the order of arrival. */
  readonly autoMine?: boolean
  /** Unix seconds of the genesis block. Default: an hour before now, so that set-up blocks end before wall-clock. */
  readonly timestamp?: number
  readonly hardfork?: string
  readonly gasLimit?: number
  /** Further flags of anvil. */
  readonly flags?: readonly string[]
}

export interface Anvil {
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly port: number
  readonly pid: number
  readonly chainId: number
  readonly rpc: BatchRpc
  /** Ends anvil and returns when it is gone; a second call does nothing. */
  stop(): Promise<void>
}

/**
 * Prints anvil's process id, then waits for anvil's end or for the end of its own standard input, which comes when the
 * parent is gone, by whatever signal: then anvil is killed. It has nothing to save.
 */
const GUARD = `exec 3<&0
"$@" 3<&- </dev/null & p=$!
echo "pid $p"
( while read -r _ <&3; do :; done; kill -9 $p ) 2>/dev/null & w=$!
wait $p; s=$?
kill $w 2>/dev/null
exit $s`

/**
 * Starts an anvil that dies with this process, however that dies. Transactions are taken in the order of arrival.
 * Throws `KeeperError('devnet-anvil')` when the binary is missing or does not start (port in use, glibc too old).
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const chainId = options.chainId ?? 31_337
  // its own process group: Ctrl-C in a terminal reaches the parent, which stops anvil when it has finished with it
  const child = spawn('sh', ['-c', GUARD, 'anvil-guard', anvilBinary(), ...flagsOf(options, chainId)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid, port } = await listening(child)
  const rpcUrl = `http://127.0.0.1:${port}`
  const rpc = options.autoMine === false ? rpcOver(rpcUrl) : withSettledReverts(rpcOver(rpcUrl))
  await rpc('anvil_setLoggingEnabled', [false])
  detach(child)
  return { rpcUrl, wsUrl: `ws://127.0.0.1:${port}`, port, pid, chainId, rpc, stop: () => stop(child) }
}

function flagsOf(options: AnvilOptions, chainId: number): string[] {
  const flags = ['--order', 'fifo', '--chain-id', String(chainId), '--port', String(options.port ?? 0)]
  flags.push('--timestamp', String(options.timestamp ?? Math.floor(Date.now() / 1000) - 3_600))
  if (options.autoMine === false) flags.push('--no-mining')
  if (options.hardfork !== undefined) flags.push('--hardfork', options.hardfork)
  if (options.gasLimit !== undefined) flags.push('--gas-limit', String(options.gasLimit))
  return [...flags, ...(options.flags ?? [])]
}

/**
 * Resolves with what the guard and anvil print once anvil has bound its port. Asking the port instead would let another
 * process that took it first answer in anvil's place.
 */
function listening(child: ChildProcess): Promise<{ pid: number; port: number }> {
  return new Promise((resolve, reject) => {
    let said = ''
    const read = (chunk: Buffer): void => {
      said += chunk.toString()
      const pid = /^pid (\d+)$/m.exec(said)?.[1]
      const port = /^Listening on .*:(\d+)$/m.exec(said)?.[1]
      if (pid !== undefined && port !== undefined) resolve({ pid: Number(pid), port: Number(port) })
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', (error) => {
      reject(startFailure(error.message))
    })
    child.once('close', () => {
      reject(startFailure(said.replace(/^pid \d+$/m, '')))
    })
  })
}

/** Nothing of the child keeps this process alive; its output is read and dropped. */
function detach(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream?.removeAllListeners('data')
    stream?.on('error', () => undefined)
    // the pipes of a child are sockets
    if (stream instanceof Socket) stream.unref()
  }
  child.stdout?.resume()
  child.stderr?.resume()
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.ref()
  child.stdin?.destroy()
  await gone
}
