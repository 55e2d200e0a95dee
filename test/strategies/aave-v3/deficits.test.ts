import { KeeperError } from '../../../src/domain/errors.js'
import type { Hex, RawLog } from '../../../src/domain/chain.js'
import { wordOf } from '../../../src/domain/abi-words.js'
import { POOL_TOPIC } from '../../../strategies/aave-v3/signatures.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import { readVectors, stateOf } from './support/vector-file.js'

const HASH: Hex = `0x${'0'.repeat(64)}`
const topic = (value: Hex | bigint): Hex => `0x${wordOf(value)}`

test('deficits are followed by the pool’s events and told by token; undo takes them back', () => {
  const file = readVectors(11)
  const [scenario] = file.scenarios
  if (scenario === undefined) throw new KeeperError('test', 'no scenario')
  const state = stateOf(file, scenario)
  for (const reserve of state.byAsset.values()) reserve.deficit = 0n
  const [asset, other] = [...state.byAsset.keys()]
  const pool = state.market.contracts['pool']
  if (asset === undefined || other === undefined || pool === undefined) throw new KeeperError('test', 'no reserve')
  const log = (topics: readonly Hex[], data: Hex): RawLog => ({
    ...{
      address: pool,
      topics,
      data,
      blockNumber: 1,
      blockHash: HASH,
      timestamp: 1n,
      transactionHash: HASH,
      logIndex: 0,
    },
  })
  expect(aaveV3.deficits?.(state)).toEqual([])
  aaveV3.reduce(state, log([POOL_TOPIC.DeficitCreated, topic(1n), topic(asset)], topic(700n)))
  aaveV3.reduce(state, log([POOL_TOPIC.DeficitCreated, topic(1n), topic(other)], topic(5n)))
  // who covers is in the data, before the amount
  const covered = aaveV3.reduce(state, log([POOL_TOPIC.DeficitCovered, topic(asset)], `0x${wordOf(2n)}${wordOf(300n)}`))
  const amounts = (): unknown => aaveV3.deficits?.(state).map(({ token, amount }) => [token.address, amount])
  expect(amounts()).toEqual([
    [asset, 400n],
    [other, 5n],
  ])
  covered.undo()
  expect(amounts()).toEqual([
    [asset, 700n],
    [other, 5n],
  ])
})
