import { SettingsError } from '../domain/errors.js'

/** More than one thing is wrong; the message has one line for each. */
export class SettingsErrors extends SettingsError {
  constructor(readonly problems: readonly SettingsError[]) {
    super(problems[0]?.setting ?? 'settings', '')
    this.message = problems.map((problem) => problem.message).join('\n')
  }
}

/** Throws what is wrong, one or several; returns where nothing is. */
export function failWith(problems: readonly SettingsError[]): void {
  const [first, second] = problems
  if (first === undefined) return
  throw second === undefined ? first : new SettingsErrors(problems)
}
