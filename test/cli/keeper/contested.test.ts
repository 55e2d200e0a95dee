import { Contested, REMEMBERED_BLOCKS } from '../../../src/cli/keeper/contested.js'
import { A } from '../../execution/support/records.js'

const OURS = A('a')

test('learns from others alone, and forgets after a day of blocks', () => {
  const contested = new Contested('learn', [OURS, null])
  expect(contested.at({ number: 100 })).toBe(false)
  contested.saw(OURS, 100)
  expect(contested.at({ number: 100 })).toBe(false)
  contested.saw(A('b'), 100)
  // an older one that is told later takes nothing back
  contested.saw(A('b'), 50)
  expect(contested.at({ number: 100 + REMEMBERED_BLOCKS })).toBe(true)
  expect(contested.at({ number: 101 + REMEMBERED_BLOCKS })).toBe(false)
})

test('the settings may know better', () => {
  const [always, never] = [new Contested('always', [OURS, null]), new Contested('never', [OURS, null])]
  never.saw(null, 5)
  expect([always.at({ number: 5 }), never.at({ number: 5 })]).toEqual([true, false])
})
