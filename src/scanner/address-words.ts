/** Words of an address: five u32, most significant first. */
export const WORDS = 5
const TEXT_LENGTH = 42
const INVALID = 255

/** Value of a lower-case hex digit by character code; anything else is invalid: other spellings are other positions. */
const DIGIT = new Uint8Array(256).fill(INVALID)
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGIT[digit.charCodeAt(0)] = value

/** Reads `0x` and 40 lower-case hex digits into `words` from `to` on; false when `text` is anything else. */
export function readAddress(text: string, words: Uint32Array, to: number): boolean {
  if (text.length !== TEXT_LENGTH || !text.startsWith('0x')) return false
  let at = 2
  let invalid = 0
  for (let word = 0; word < WORDS; word++) {
    let value = 0
    for (const end = at + 8; at < end; at++) {
      const digit = DIGIT[text.charCodeAt(at)] ?? INVALID
      invalid |= digit
      value = (value << 4) | digit
    }
    words[to + word] = value
  }
  return invalid < 16
}

const bytes = Buffer.alloc(WORDS * 4)

/** The text of the address whose words start at `at`. */
export function addressText(words: Uint32Array, at: number): string {
  for (let word = 0; word < WORDS; word++) bytes.writeUInt32BE(words[at + word] ?? 0, word * 4)
  return `0x${bytes.toString('hex')}`
}
