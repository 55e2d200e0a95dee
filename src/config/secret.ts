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

/** Parts of an endpoint that can be a key: user, password, long path segments and every query value. */
export function secretsOfUrl(text: string): Secret[] {
  const url = new URL(text)
  const segments = url.pathname.split('/').filter((segment) => segment.length >= 16)
  const values = [...url.searchParams.values()].filter((value) => value.length >= 8)
  const parts = [url.username, url.password, ...segments, ...values].filter((part) => part !== '')
  return [...new Set([...parts, ...parts.map(decodeURIComponent)])].map((part) => new Secret(part))
}

/** An endpoint as people may see it: scheme and host, without path, query or credentials. */
export function endpointName(text: string): string {
  const url = new URL(text)
  return `${url.protocol}//${url.host}`
}
