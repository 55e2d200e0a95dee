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

  it('are not counted up to what an endpoint makes up', () => {
    expect(() => new KnownIds().wanted(2n ** 255n)).toThrow(KeeperError)
  })
})
