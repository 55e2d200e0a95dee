import { DECIMALS } from '../../src/devnet/catalogue.js'
import { planPositions, type PositionPlan } from '../../src/devnet/positions/plan.js'
import { Random } from '../../src/devnet/positions/random.js'
import { SHAPES, SPECIALS } from '../../src/devnet/positions/shapes.js'

const decimalsOf = (plans: readonly PositionPlan[], side: 'collateral' | 'debt'): Set<number> =>
  new Set(plans.flatMap((plan) => plan[side].map(([symbol]) => DECIMALS[symbol])))

describe('planPositions', () => {
  const plans = planPositions({ borrowers: 40, seed: 1 })

  it('is the same for the same seed and another one for another', () => {
    expect(planPositions({ borrowers: 40, seed: 1 })).toEqual(plans)
    const others = planPositions({ borrowers: 40, seed: 2 })
    expect(others.map(({ account }) => account)).not.toEqual(plans.map(({ account }) => account))
    expect(others.map(({ healthBps }) => healthBps)).not.toEqual(plans.map(({ healthBps }) => healthBps))
    expect(new Set(plans.map(({ account }) => account)).size).toBe(40)
  })

  it('has every shape, both versions, all decimals and the special ones among forty', () => {
    const names = new Set(plans.map(({ shape }) => shape))
    for (const { name } of SHAPES) expect(names).toContain(name)
    expect(plans.map(({ special }) => special).filter((s) => s !== null)).toEqual([...SPECIALS])
    expect(plans.filter(({ market }) => market === 'v3.0').length).toBeGreaterThanOrEqual(5)
    expect(decimalsOf(plans, 'collateral')).toEqual(new Set([6, 8, 18]))
    expect(decimalsOf(plans, 'debt')).toEqual(new Set([6, 18]))
    expect(plans.some(({ collateral, debt }) => collateral.some(([c]) => debt.some(([d]) => d === c)))).toBe(true)
    expect(plans.some(({ eMode }) => eMode === 1) && plans.some(({ eMode }) => eMode === 2)).toBe(true)
  })

  it('spreads health factors from 1.02 to 2 and leaves DAI of v3.6 to the grace period', () => {
    const many = planPositions({ borrowers: 1_000, seed: 3 })
    const ordinary = many.filter(({ special }) => special === null).map(({ healthBps }) => healthBps)
    expect(Math.min(...ordinary)).toBeGreaterThanOrEqual(10_190)
    expect(Math.min(...ordinary)).toBeLessThan(10_300)
    expect(Math.max(...ordinary)).toBeGreaterThan(19_000)
    expect(Math.max(...ordinary)).toBeLessThanOrEqual(20_001)
    const touchDai = many.filter(
      ({ market, collateral, debt }) => market === 'v3.6' && [...collateral, ...debt].some(([s]) => s === 'DAI'),
    )
    expect(touchDai.map(({ special }) => special)).toEqual(['grace-period'])
  })

  it('leaves the special ones out when told so, or when there is no room', () => {
    for (const options of [
      { borrowers: 40, specials: false },
      { borrowers: 7 },
      { borrowers: 9, markets: ['v3.0'] as const },
    ])
      expect(planPositions({ seed: 1, ...options }).every(({ special }) => special === null)).toBe(true)
    expect(planPositions({ borrowers: 0, seed: 1 })).toEqual([])
  })
})

describe('Random', () => {
  it('is repeatable, even and within its bounds', () => {
    const [a, b] = [new Random(7), new Random(7)]
    const drawn = Array.from({ length: 2_000 }, () => a.next())
    expect(drawn).toEqual(Array.from({ length: 2_000 }, () => b.next()))
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1)
    for (let i = 0; i < 100; i++) {
      const value = a.logUniform(10, 1_000)
      expect(value >= 10 && value < 1_000).toBe(true)
    }
  })
})
