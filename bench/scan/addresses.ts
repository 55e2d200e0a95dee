/** A made-up address for position number i: well spread, all different. */
export function addressOf(position: number): string {
  // multiplication by an odd number is one-to-one on 32 bits
  const word = (factor: number): string => (Math.imul(position + 1, factor) >>> 0).toString(16).padStart(8, '0')
  return `0x${word(0x9e3779b1)}${word(0x85ebca6b)}${word(0xc2b2ae35)}${word(0x27d4eb2f)}${word(0x165667b1)}`
}
