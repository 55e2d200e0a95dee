import { scrubberOf } from '../config/endpoint-secrets.js'
import { SettingsError } from '../domain/errors.js'

/** Where an endpoint is, split so that nothing secret can reach a log: people see only `label`. */
export interface EndpointUrl {
  readonly url: string
  readonly webSocket: boolean
  readonly headers: Readonly<Record<string, string>>
  /** Protocol and host; path and query, which hold API keys, are shown as `/…`. */
  readonly label: string
  /** Removes everything of the URL but its host from a message of somebody else's making. */
  scrub(message: string): string
}

/** A percent sign that escapes nothing is what it is. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Splits a URL of `RPC_URLS`; user and password become a header. Throws `SettingsError('RPC_URLS')` for anything else. */
export function parseEndpointUrl(text: string): EndpointUrl {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new SettingsError('RPC_URLS', 'one entry is no URL: write http://, https://, ws:// or wss:// and a host')
  }
  const webSocket = url.protocol === 'ws:' || url.protocol === 'wss:'
  if (!webSocket && url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new SettingsError('RPC_URLS', `${url.protocol}//${url.host} is neither http, https, ws nor wss`)
  const label = `${url.protocol}//${url.host}${url.pathname === '/' && url.search === '' ? '' : '/…'}`
  const headers: Record<string, string> = {}
  if (url.username !== '' || url.password !== '') {
    const pair = `${plain(url.username)}:${plain(url.password)}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  return { url: url.href, webSocket, headers, label, scrub: scrubberOf(text) }
}
