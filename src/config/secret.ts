const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * A value that must not be seen: printing, serialising or inspecting it shows `[secret]`. Only `reveal` gives it out, so
 * every use can be found by that word.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // a percent sign that escapes nothing: the text is what it is
    return text
  }
}

/** Parts of an endpoint that can be a key, as written and decoded: user, password, long path segments, query values. */
export function secretsOfUrl(text: string): Secret[] {
  const url = new URL(text)
  const segments = url.pathname.split('/').filter((segment) => segment.length >= 16)
  const values = url.search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
  const parts = [url.username, url.password, ...segments, ...values.filter((value) => value.length >= 8)]
  const written = parts.filter((part) => part !== '')
  return [...new Set([...written, ...written.map(decoded)])].map((part) => new Secret(part))
}

/** An endpoint as people may see it: scheme and host, without path, query or credentials. */
export function endpointName(text: string): string {
  const url = new URL(text)
  return `${url.protocol}//${url.host}`
}
