import { SettingsError, messageOf } from '../../domain/errors.js'
import { PROFILE_NAMES, profileNamed, profileOf, type Profile } from './profile.js'

/** A private endpoint: `url` may hold a key in its path and never leaves this room, `host` is what people see. */
export interface Endpoint {
  readonly url: string
  readonly host: string
  /** What its builder documents: by the name behind `#`, else by the host. */
  readonly profile: Profile
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
  const profile = profileAt(url, setting)
  // the name is ours and no part of what is asked
  url.hash = ''
  return { url: url.href, host: url.host, profile }
}

function profileAt({ hash, host, hostname }: URL, setting: string): Profile {
  if (hash === '') return profileOf(hostname, isLoopback(hostname))
  const named = profileNamed(hash.slice(1))
  if (named !== undefined) return named
  throw new SettingsError(setting, `${host}: behind # one of ${PROFILE_NAMES.join(', ')} is expected`)
}
