import { FORGET_AFTER_BLOCKS, QueueKeys } from '../../src/auctions/queue-keys.js'

test('a key is asked for while it holds something and as long after as a reorg can reach', () => {
  const keys = new QueueKeys()
  for (const key of [30n, 10n, 20n, 10n]) keys.add(key)
  expect(keys.sorted).toEqual([10n, 20n, 30n])
  const block = 1_000
  for (const key of [10n, 20n]) keys.saw(key, true, block)
  // a reorg brings one back
  keys.saw(20n, false, block + 1)
  keys.saw(20n, true, block + 2)
  const last = block + 2 * FORGET_AFTER_BLOCKS
  for (const key of [10n, 20n]) keys.saw(key, true, last)
  expect(keys.sorted).toEqual([10n, 20n, 30n])
  for (const key of [10n, 20n]) keys.saw(key, true, last + 1)
  expect(keys.sorted).toEqual([20n, 30n])
})
