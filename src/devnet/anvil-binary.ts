import { KeeperError, messageOf } from '../domain/errors.js'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/**
 * Path of anvil's own binary for this machine (the npm wrapper would cost a second Node process of 43 MB).
 * Throws `KeeperError('devnet-anvil')` when its package is not installed.
 */
export function anvilBinary(): string {
  const name = `@foundry-rs/anvil-${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`
  try {
    return require.resolve(`${name}/bin/anvil`)
  } catch (error) {
    throw new KeeperError(
      'devnet-anvil',
      `the local chain needs the package ${name}, which is not installed; run \`npm ci\` with its development and optional packages`,
      { package: name },
      { cause: error },
    )
  }
}

/** Why anvil may have ended before it listened: what it said, and the system library if that is too old for it. */
export function startFailure(said: string): KeeperError {
  const glibc = process.platform === 'linux' ? glibcVersion() : undefined
  const old = glibc !== undefined && Number(glibc.split('.')[1] ?? 0) < 35
  const cause = old ? ` (anvil needs glibc 2.35 or newer, this machine has ${glibc})` : ''
  return new KeeperError('devnet-anvil', `anvil did not start${cause}: ${said.trim() || 'it said nothing'}`, { said })
}

function glibcVersion(): string {
  try {
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return report.header?.glibcVersionRuntime ?? 'none (musl?)'
  } catch (error) {
    return `unknown: ${messageOf(error)}`
  }
}
