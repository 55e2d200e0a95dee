import { InvalidArgumentError } from 'commander'

/** Reads an option that is a whole number within bounds, both included; commander names the option in its refusal. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}.`)
    return value
  }
