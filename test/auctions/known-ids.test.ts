import { KnownIds } from '../../src/auctions/known-ids.js'
import { KeeperError } from '../../src/domain/errors.js'

describe('the ids of an auction house', () => {
  it('are asked for while they are open, new, or closed so lately that a reorg may open them again', () => {
    const ids = new KnownIds()
    expect(ids.wanted(3n)).toEqual([1n, 2n, 3n])
    const seen = (block: number): void => {
      ids.seen(
        [1n, 2n, 3n].map((id) => ({ id, open: id !== 2n })),
        block,
      )
    }
    seen(100)
    expect(ids.wanted(4n)).toEqual([1n, 2n, 3n, 4n])
    seen(165)
    expect(ids.wanted(3n)).toEqual([1n, 3n])
    // a reorg may leave fewer of them
    expect(ids.wanted(2n)).toEqual([1n])
  })

  it('that a house starts behind fewer than were seen are new, however long ago those closed, and asked for once', () => {
    const ids = new KnownIds()
    const seen = (wanted: readonly bigint[], block: number): void => {
      ids.seen(
        wanted.map((id) => ({ id, open: id === 2n })),
        block,
      )
    }
    // an endpoint claims five where there are two
    seen(ids.wanted(5n), 100)
    for (const block of [101, 165, 166]) seen(ids.wanted(2n), block)
    expect(ids.wanted(3n)).toEqual([2n, 3n])
    seen(ids.wanted(3n), 167)
    expect(ids.wanted(3n)).toEqual([2n, 3n])
  })

  it('are not counted up to what an endpoint makes up', () => {
    expect(() => new KnownIds().wanted(2n ** 255n)).toThrow(KeeperError)
  })
})
