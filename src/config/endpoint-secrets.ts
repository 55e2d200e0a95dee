import { Secret } from './secret.js'

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // a percent sign that escapes nothing: the text is what it is
    return text
  }
}

/** Words that providers put into every path: no key, and needed to understand a message. */
const GENERIC =
  /^(v\d+|rpc|json|jsonrpc|eth|ethereum|evm|api|http|https|ws|wss|relay|bundle|mainnet|public|ext|bc|\d{1,6})$/i
const NAMES_A_SECRET = /key|token|secret|auth|pass|sig/i
/** Letters and digits in one word, as keys have and ordinary words have not. */
const keyLike = (text: string): boolean =>
  text.length >= 4 && /[a-z]/i.test(text) && /\d/.test(text) && !GENERIC.test(text)

interface Parts {
  readonly user: string
  readonly password: string
  readonly segments: readonly string[]
  readonly values: readonly { readonly name: string; readonly value: string }[]
}

function partsOf(url: URL): Parts {
  const pairs = url.search.slice(1).split('&')
  const values = pairs.map((pair) => {
    const at = pair.indexOf('=')
    return at < 0 ? { name: '', value: pair } : { name: pair.slice(0, at), value: pair.slice(at + 1) }
  })
  return { user: url.username, password: url.password, segments: url.pathname.split('/'), values }
}

const spelt = (texts: readonly string[]): string[] => [...new Set([...texts, ...texts.map(decoded)])]

/** Nothing but scheme and host: there is nothing to hide. */
const isBare = (url: URL): boolean => `${url.username}${url.password}${url.search}` === '' && url.pathname === '/'

/**
 * What of an endpoint's URL must not be seen: the URL itself, and those of its parts that can be a key wherever they turn
 * up, as written and decoded. A short part that could as well be an ordinary word is no secret by itself; the URL is shown
 * by its host alone, and `scrubberOf` takes the part out of what the endpoint says.
 */
export function secretsOfUrl(text: string): Secret[] {
  const url = new URL(text)
  if (isBare(url)) return []
  const { user, password, segments, values } = partsOf(url)
  const parts = [
    password,
    ...(password === '' || keyLike(user) ? [user] : [`${user}:${password}`]),
    ...segments.filter((segment) => segment.length >= 16 || keyLike(segment)),
    ...values
      .filter(({ name, value }) => value.length >= 8 || keyLike(value) || NAMES_A_SECRET.test(name))
      .map(({ value }) => value),
  ]
  return [text, ...spelt(parts.filter((part) => part !== ''))].map((part) => new Secret(part))
}

/** An endpoint as people may see it: scheme and host, without path, query or credentials. */
export function endpointName(text: string): string {
  const url = new URL(text)
  return `${url.protocol}//${url.host}`
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const WHOLE_WORD_BELOW = 8

/** Finds any of `texts` in whatever letter case, short ones only as whole words; null for none. */
export function patternOf(texts: Iterable<string>): RegExp | null {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length)
  if (longestFirst.length === 0) return null
  const one = (text: string): string =>
    text.length < WHOLE_WORD_BELOW ? `(?<![a-z0-9])${escape(text)}(?![a-z0-9])` : escape(text)
  return new RegExp(longestFirst.map(one).join('|'), 'gi')
}

/**
 * Takes every part of an endpoint's URL but its host, however short, out of messages that this endpoint made: what it
 * echoes can only be ours.
 */
export function scrubberOf(text: string): (message: string) => string {
  const { user, password, segments, values } = partsOf(new URL(text))
  const parts = [user, ...segments, ...values.map(({ value }) => value)].filter((part) => !GENERIC.test(part))
  const pattern = patternOf(spelt([password, ...parts]).filter((part) => part.length > 1))
  return (message) => (pattern === null ? message : message.replace(pattern, '…'))
}
