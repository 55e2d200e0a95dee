import { SettingsError, messageOf } from '../../domain/errors.js'

/** A private endpoint: `url` may hold a key in its path and never leaves this room, `host` is what people see. */
export interface Endpoint {
  readonly url: string
  readonly host: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** True where the bytes do not leave the machine. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname)

/**
 * Checks one private endpoint: https, or plain http on the loopback interface. Throws `SettingsError(setting)` whose message
 * shows the host alone.
 */
export function parseEndpoint(text: string, setting: string): Endpoint {
  let url: URL
  try {
    url = new URL(text)
  } catch (error) {
    // the platform's message repeats the whole text, which may hold a key
    throw new SettingsError(setting, 'one of the URLs cannot be read; write them as https://host/path', {
      cause: messageOf(error).slice(0, 11),
    })
  }
  const plainHere = url.protocol === 'http:' && isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !plainHere) {
    throw new SettingsError(setting, `${url.host}: a private endpoint must use https (http only on 127.0.0.1)`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new SettingsError(
      setting,
      `${url.host}: credentials in front of the host are not supported; use a key in the path`,
    )
  }
  return { url: url.href, host: url.host }
}
