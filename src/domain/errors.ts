/**
 * The one base of errors a person may see: a stable code, one line that says what happened and what to do, and the data
 * needed to act. Never put a secret into `message` or `data`.
 */
export class KeeperError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'KeeperError'
  }
}

/** A setting, file or address that must be mended before the keeper can start; the CLI exits with 2. */
export class SettingsError extends KeeperError {
  constructor(
    readonly setting: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super('settings', `${setting}: ${message}`, { setting }, options)
    this.name = 'SettingsError'
  }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The `code` of anything that was thrown (`ENOENT`, `EADDRINUSE`, ethers' codes); undefined without one. */
export const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
