import { patternOf } from '../config/endpoint-secrets.js'
import type { Secret } from '../config/secret.js'

const MARK = '[secret]'
const MAX_DEPTH = 8
/** Shorter texts would blot out ordinary words; nothing that short protects anything. */
const MIN_LENGTH = 4

/** The ways in which a secret can be written: as it is, URL- or JSON-escaped, as base64 or hex of its text, without 0x. */
function spellings(value: string): string[] {
  const hex = /^0x[0-9a-f]+$/i.test(value) ? [value.slice(2)] : []
  const text = Buffer.from(value)
  const encoded = [
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    text.toString('base64'),
    text.toString('hex'),
  ]
  return [value, ...hex, ...encoded].filter((spelling) => spelling.length >= MIN_LENGTH)
}

/** Any URL, from its scheme to the end of what can belong to it; the next URL of a comma list is another one. */
const URLS = /(https?|wss?):\/\/(?:(?!,(?:https?|wss?):)[^\s"'<>`])+/gi
const isEndpoint = (text: string): boolean => /^(https?|wss?):\/\//i.test(text) && URL.canParse(text)

/**
 * Takes every known secret out of anything that is about to be written. Letter case does not matter (hex is often
 * upper-cased), and a key is found with or without its 0x, inside URLs, errors, nested objects and buffers. Secrets of fewer
 * than 8 characters count as whole words only. Of endpoints that hold a secret, any URL is shown by its host alone.
 */
export class Redactor {
  readonly #spellings = new Set<string>()
  readonly #hosts = new Set<string>()
  #pattern: RegExp | null = null

  constructor(secrets: readonly Secret[] = []) {
    for (const secret of secrets) this.add(secret)
  }

  /** Secrets may become known later, e.g. the key inside a keystore. */
  add(secret: Secret): void {
    const value = secret.reveal()
    if (isEndpoint(value)) this.#hosts.add(new URL(value).host)
    else for (const spelling of spellings(value)) this.#spellings.add(spelling)
    this.#pattern = patternOf(this.#spellings)
  }

  text(text: string): string {
    const named = this.#hosts.size === 0 ? text : text.replace(URLS, (url) => this.#named(url))
    return this.#pattern === null ? named : named.replace(this.#pattern, MARK)
  }

  /** `https://node.example/…` in place of a URL there. What follows the host may be no URL at all (`host: refused`). */
  #named(text: string): string {
    const [, scheme = '', , authority = '', rest = ''] = /^(\w+):\/\/([^/?#]*@)?([^/?#]*)(.*)$/s.exec(text) ?? []
    const host = authority.replace(/[:.,;)\]]+$/, '').toLowerCase()
    if (!this.#hosts.has(host)) return text
    return `${scheme}://${authority}${rest === '' || rest === '/' ? '' : '/…'}`
  }

  /** A copy fit for JSON: bigint as decimal text, errors as name, code, message and cause, secrets out, cycles cut. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'bigint') return this.text(value.toString())
    if (typeof value === 'function' || typeof value === 'symbol') return this.text(String(value.toString()))
    if (typeof value !== 'object' || value === null) return value
    if (depth >= MAX_DEPTH) return '[…]'
    if (value instanceof Error) return this.#error(value, depth)
    if (value instanceof Uint8Array) return this.text(`0x${Buffer.from(value).toString('hex')}`)
    if (value instanceof Date) return value.toISOString()
    if (value instanceof Map) return this.value([...value.entries()], depth + 1)
    if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => this.value(item, depth + 1))
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.value(value.toJSON(), depth + 1)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.value(item, depth + 1)]))
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const shown: Record<string, unknown> = { name: error.name, message: this.text(error.message) }
    if ('code' in error) shown['code'] = this.value(error.code, depth + 1)
    if (error.cause !== undefined) shown['cause'] = this.value(error.cause, depth + 1)
    if (error instanceof AggregateError) shown['errors'] = this.value(error.errors, depth + 1)
    if (error.stack !== undefined) shown['stack'] = this.text(error.stack)
    return shown
  }
}
