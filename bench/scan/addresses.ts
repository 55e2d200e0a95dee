const FIRST = 0x9e3779b1
/** FIRST · INVERSE = 1 modulo 2^32. */
const INVERSE = 0x0e8b2f51

/** A made-up address for position number i: well spread, all different. */
export function addressOf(position: number): string {
  // multiplication by an odd number is one-to-one on 32 bits
  const word = (factor: number): string => (Math.imul(position + 1, factor) >>> 0).toString(16).padStart(8, '0')
  return `0x${word(FIRST)}${word(0x85ebca6b)}${word(0xc2b2ae35)}${word(0x27d4eb2f)}${word(0x165667b1)}`
}

/** The position number of such an address. */
export const positionOf = (address: string): number =>
  (Math.imul(Number.parseInt(address.slice(2, 10), 16), INVERSE) >>> 0) - 1
