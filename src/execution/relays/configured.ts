import { BodySigner } from './body-signer.js'
import { BundleRelay } from './bundle-relay.js'
import { parseEndpoint } from './endpoint.js'
import { PrivateRpcRelay } from './private-rpc-relay.js'
import type { Relay } from './relay.js'

export interface RelaySettings {
  readonly submission: 'bundle' | 'privateRpc' | 'sequencer'
  /** The private list; no other endpoint is ever contacted with a transaction. */
  readonly urls: readonly string[]
  /** The setting that an error names, `RELAY_URLS` or `MARKETS_FILE`. */
  readonly setting: string
  readonly chainId: number
  readonly authKey: string
  readonly deadlineMs?: number
}

/** Relays of the configured private endpoints. Throws `SettingsError` for a URL that is not https (or loopback). */
export function relaysOf(settings: RelaySettings): Relay[] {
  const deadlineMs = settings.deadlineMs ?? 1500
  const endpoints = settings.urls.map((url) => parseEndpoint(url, settings.setting))
  if (settings.submission !== 'bundle') return endpoints.map((endpoint) => new PrivateRpcRelay(endpoint, deadlineMs))
  const signer = new BodySigner(settings.authKey)
  return endpoints.map((endpoint) => new BundleRelay({ endpoint, profile: endpoint.profile, signer, deadlineMs }))
}
