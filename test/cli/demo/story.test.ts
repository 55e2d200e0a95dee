import { tell } from '../../../src/cli/demo/story.js'

test('a refusal is told in whole coins, however the keeper reckons', () => {
  const event = {
    ...{ at: '', level: 'info', event: 'refused', position: 'geb-devnet/geb-debt/1', reason: 'capital' },
    detail: 'the bid is 1000500000000000000000, free are 0',
  }
  expect(tell(event)).toBe('refused    1  capital: the bid is 1,000.50, free are 0')
})
