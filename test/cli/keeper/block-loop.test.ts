import { BlockLoop } from '../../../src/cli/keeper/block-loop.js'
import type { Head } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { until } from '../../support/until.js'

const head = (number: number): Head => ({
  ...{ number, hash: `0x${number}`, parentHash: '0x0', timestamp: 0n },
  ...{ baseFeePerGas: 1n, gasLimit: 1n, gasUsed: 0n },
})

test('it is working from the announcement of a head until nothing newer waits, and only then', async () => {
  const ends: (() => void)[] = []
  const loop = new BlockLoop(() => new Promise<void>((end) => ends.push(end)), silentLogger, noMetrics)
  expect(loop.isWorking).toBe(false)
  loop.push(head(1))
  // also before the first turn, in which the markets are told of the head
  expect(loop.isWorking).toBe(true)
  await until(() => ends.length === 1, 'the first pass')
  // the same head once more: one pass is done, another one is still to come
  loop.push(head(1))
  ends[0]?.()
  await until(() => ends.length === 2, 'the second pass')
  expect([loop.done?.number, loop.isWorking]).toEqual([1, true])
  ends[1]?.()
  await loop.idle()
  expect(loop.isWorking).toBe(false)
})
