/** One item of an RLP list: bytes, a number without leading zeros, or a list. */
export type RlpItem = Buffer | bigint | readonly RlpItem[]

const numberBytes = (value: bigint): Buffer => {
  if (value === 0n) return Buffer.alloc(0)
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

/** Length prefix: one byte up to 55 bytes, else the length's own length and the length. */
function prefix(length: number, offset: number): Buffer {
  if (length <= 55) return Buffer.from([offset + length])
  const size = numberBytes(BigInt(length))
  return Buffer.concat([Buffer.from([offset + 55 + size.length]), size])
}

/** Recursive length prefix encoding (Ethereum yellow paper, appendix B). */
export function encodeRlp(item: RlpItem): Buffer {
  if (typeof item === 'bigint') return encodeRlp(numberBytes(item))
  if (Buffer.isBuffer(item)) {
    const [first = 0] = item
    return item.length === 1 && first < 0x80 ? item : Buffer.concat([prefix(item.length, 0x80), item])
  }
  const content = Buffer.concat((item as readonly RlpItem[]).map(encodeRlp))
  return Buffer.concat([prefix(content.length, 0xc0), content])
}
