import type { Opportunity } from '../../../src/domain/opportunity.js'
import { Suspects } from '../../../src/cli/keeper/suspects.js'

const withLegs = (...positions: string[]): Opportunity =>
  ({ legs: positions.map((position) => ({ market: 'm', position })) }) as unknown as Opportunity

describe('Suspects', () => {
  it('lets the positions of a failed transaction go one by one for some blocks', () => {
    const suspects = new Suspects()
    suspects.failed(withLegs('a', 'b'), 100, 'reverted')
    expect([suspects.isAlone('m/a', 101), suspects.isAlone('m/b', 105), suspects.isAlone('m/c', 101)]).toEqual([
      true,
      true,
      false,
    ])
    expect(suspects.isAlone('m/a', 106)).toBe(false)
    expect(suspects.rest('m/a', 101)).toBeNull()
  })

  it('rests a position that fails alone, ever longer, and never lets it join others', () => {
    const suspects = new Suspects()
    suspects.failed(withLegs('a'), 100, 'bad token')
    expect(suspects.rest('m/a', 102)).toMatchObject({ code: 'simulation-failed', figure: '102' })
    expect([suspects.rest('m/a', 103), suspects.isAlone('m/a', 103)]).toEqual([null, true])
    suspects.failed(withLegs('a'), 103, 'bad token')
    expect(suspects.rest('m/a', 107)).not.toBeNull()
    expect(suspects.rest('m/a', 108)).toBeNull()
  })

  it('forgets what is liquidatable no more', () => {
    const suspects = new Suspects()
    suspects.failed(withLegs('a'), 100, 'bad token')
    suspects.failed(withLegs('b', 'c'), 100, 'bad token')
    suspects.keep(new Set(['m/b']))
    expect(suspects.rest('m/a', 101)).toBeNull()
    expect([suspects.isAlone('m/b', 101), suspects.isAlone('m/c', 101)]).toEqual([true, false])
  })
})
