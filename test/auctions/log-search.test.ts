import type { RawLog, Reader } from '../../src/domain/chain.js'
import { LogSearch } from '../../src/auctions/log-search.js'
import { address } from '../contracts/support/executor-bed.js'

const [VOW, TOPIC] = [address(3), `0x${'1'.repeat(64)}`] as const

test('a search that an endpoint cuts short goes on where it stopped, and loses nothing', async () => {
  const asked: number[] = []
  let refuses = 200_000
  const logs: Reader['logs'] = (_filter, from, to) => {
    asked.push(from)
    if (from === refuses) return Promise.reject(new Error('429'))
    const log: RawLog = {
      ...{ address: VOW, topics: [TOPIC], data: '0x', blockHash: TOPIC, transactionHash: TOPIC },
      ...{ blockNumber: to, logIndex: 0, timestamp: 0n },
    }
    return Promise.resolve([log])
  }
  const search = new LogSearch(VOW, TOPIC, 0)
  const found = async (block: number): Promise<number[]> =>
    (await search.upTo({ logs }, block)).map(({ blockNumber }) => blockNumber)
  await expect(found(250_000)).rejects.toThrow('429')
  refuses = -1
  expect(await found(250_000)).toEqual([99_999, 199_999, 250_000])
  expect(asked).toEqual([0, 100_000, 200_000, 199_936])
  // the newest blocks are read again, as a reorg may have changed them
  expect([await found(250_001), asked.at(-1)]).toEqual([[250_001], 249_937])
})
