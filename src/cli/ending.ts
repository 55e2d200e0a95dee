import { KeeperError, messageOf } from '../domain/errors.js'

/** Resolves with the reason when the process is told to stop, or when the keeper cannot go on. */
export class Ending {
  private finish: (fatal: KeeperError | null) => void = () => undefined
  readonly ended = new Promise<KeeperError | null>((resolve) => (this.finish = resolve))
  private readonly onSignal = (): void => {
    this.finish(null)
  }

  constructor(private readonly onKill: () => void) {
    process.on('SIGINT', this.onSignal)
    process.on('SIGTERM', this.onSignal)
    process.on('SIGUSR2', onKill)
  }

  fatal(error: unknown): void {
    this.finish(error instanceof KeeperError ? error : new KeeperError('fatal', messageOf(error), {}, { cause: error }))
  }

  close(): void {
    process.off('SIGINT', this.onSignal)
    process.off('SIGTERM', this.onSignal)
    process.off('SIGUSR2', this.onKill)
  }
}
