import { PositionIds } from '../../src/scanner/position-ids.js'

describe('PositionIds', () => {
  it('numbers addresses and other ids densely and gives them back, over several growths', () => {
    const ids = new PositionIds()
    const positions = Array.from({ length: 5_000 }, (_, i) =>
      // addresses that share most bytes, mixed-case ones and sub-accounts
      i % 50 === 0
        ? `vault:${i}`
        : i % 51 === 0
          ? `0x${'A'.repeat(36)}${String(i).padStart(4, '0')}`
          : `0x${i.toString(16).padStart(40, '0')}`,
    )
    expect(positions.map((position) => ids.number(position))).toEqual(positions.map((_, i) => i))
    expect(positions.map((position) => ids.number(position))).toEqual(positions.map((_, i) => i))
    expect(positions.map((_, i) => ids.position(i))).toEqual(positions)
    expect(ids.size).toBe(5_000)
    expect(() => ids.position(5_000)).toThrow(RangeError)
  })
})
