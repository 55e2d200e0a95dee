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
