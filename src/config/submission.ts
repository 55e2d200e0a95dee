import { SettingsError } from '../domain/errors.js'
import type { ChainConfig } from './market-file.js'
import type { Settings } from './settings.js'

/** How transactions leave: the endpoints of the settings, else of the market file. */
export interface SubmissionPath {
  readonly kind: ChainConfig['submission']
  readonly urls: readonly string[]
  /** The setting to name in errors. */
  readonly setting: 'RELAY_URLS' | 'MARKETS_FILE'
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** True for https and for this machine: nobody between us and the endpoint can read the transaction. */
export function isPrivateTransport(text: string): boolean {
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

/** Host, path and query: a slash more, another letter case or ws in place of http is still the same endpoint. */
const placeOf = (text: string): string => {
  const { host, pathname, search } = new URL(text)
  return `${host}${pathname.replace(/\/+$/, '')}${search}`
}

/** RFC 1918: the operator's own network. */
const OWN_NETWORK = /^(10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2})$/

/** Throws `SettingsError` when the node that is trusted with unsent transactions would get them in the clear. */
export function checkSimulationUrl({ simulationRpcUrl: url }: Pick<Settings, 'simulationRpcUrl'>): void {
  if (url === null || isPrivateTransport(url) || OWN_NETWORK.test(new URL(url).hostname)) return
  const problem =
    'is neither https nor on this machine or its own network: unsent transactions could be read on the way'
  throw new SettingsError('SIMULATION_RPC_URL', problem)
}

/**
 * The configured private path, or null when there is none: the keeper then stays in dry-run. Throws `SettingsError` when
 * an endpoint would carry transactions in the clear, or is also one of `RPC_URLS` (which would make them public).
 */
export function submissionPath(settings: Settings, chain: ChainConfig): SubmissionPath | null {
  const setting = settings.relayUrls.length > 0 ? 'RELAY_URLS' : 'MARKETS_FILE'
  const urls = settings.relayUrls.length > 0 ? settings.relayUrls : chain.submissionUrls
  const ordinary = new Set(settings.rpcUrls.map(placeOf))
  urls.forEach((url, i) => {
    if (!isPrivateTransport(url))
      throw new SettingsError(
        setting,
        `submission endpoint ${i + 1} is neither https nor on this machine: signed transactions could be read on the way`,
      )
    if (ordinary.has(placeOf(url)))
      throw new SettingsError(
        setting,
        `submission endpoint ${i + 1} is also in RPC_URLS: an ordinary endpoint makes transactions public`,
      )
  })
  return urls.length === 0 ? null : { kind: chain.submission, urls: [...new Set(urls)], setting }
}
