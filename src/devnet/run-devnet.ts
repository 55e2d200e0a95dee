import { startDevnet, type Devnet, type DevnetOptions } from './devnet.js'
import { watchParent } from './parent-watch.js'
import type { SeedProgress } from './positions/seed.js'

export interface RunOptions extends DevnetOptions {
  readonly file: string
  /** True: goes on when the process that started it is gone. */
  readonly detached?: boolean
}

/**
 * Starts a devnet, says what it offers, and keeps it until SIGINT, SIGTERM or the end of the parent process; then stops it
 * cleanly. Throws what `startDevnet` throws.
 */
export async function runDevnet(options: RunOptions, say: (line: string) => void): Promise<void> {
  const started = Date.now()
  const ended = endOf(options.detached === true)
  const devnet = await startDevnet({ progress: sayProgress(say), ...options })
  for (const line of offer(devnet, options.file)) say(line)
  say(`ready in ${((Date.now() - started) / 1000).toFixed(1)} s; Ctrl-C ends it`)
  const why = await ended
  say(`${why}: stopping`)
  await devnet.stop()
}

/** What takes long is told of: a few hundred transactions are mined in a second. */
const TELL_FROM = 1_000

const sayProgress =
  (say: (line: string) => void): SeedProgress =>
  (done, of) => {
    if (of >= TELL_FROM) say(`set-up       ${done} of ${of} transactions`)
  }

/** Listens from the start, so that a signal during set-up is not lost. */
function endOf(detached: boolean): Promise<string> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 60_000)
    const unwatch = detached
      ? (): void => undefined
      : watchParent(() => {
          end('the parent process is gone')
        })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    const end = (why: string): void => {
      clearInterval(keepAlive)
      unwatch()
      resolve(why)
    }
    for (const signal of signals)
      process.once(signal, () => {
        end(signal)
      })
  })
}

function offer({ description, positions, ground, executor, owner, payout }: Devnet, file: string): string[] {
  const shapes = new Set(positions.map(({ shape }) => shape))
  return [
    `rpc          ${description.rpcUrl} (also ws)`,
    `relays       ${description.relayUrls.join(' ')}`,
    ...description.markets.map(({ id, pool }) => `market       ${id} at ${pool}`),
    `positions    ${positions.length} of ${shapes.size} shapes`,
    `executor     ${executor} (owner ${owner}, payout ${payout})`,
    `accounts     ${ground.accounts.length} unlocked; feeds take setAnswer(int256) from any of them`,
    `written      ${file}`,
  ]
}
