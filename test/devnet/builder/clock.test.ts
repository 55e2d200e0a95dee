import { setTimeout as sleep } from 'node:timers/promises'
import { nextTimestamp } from '../../../src/devnet/builder/timing.js'
import { startLab } from './lab.js'

describe('the time of the next block', () => {
  it('is one block time after the parent, unless the clock has left that behind', () => {
    expect(nextTimestamp(1_000, 1, 1_001_400)).toBe(1_001)
    expect(nextTimestamp(1_000, 1, 1_002_900)).toBe(1_001)
    expect(nextTimestamp(1_000, 1, 1_003_000)).toBe(1_003)
    expect(nextTimestamp(1_000, 12, 1_024_999)).toBe(1_012)
    expect(nextTimestamp(1_000, 12, 1_025_000)).toBe(1_025)
    expect(nextTimestamp(5_000, 1, 1_000_000)).toBe(5_001)
  })
})

it('a clock makes blocks on time, takes scripted ones, and stops', async () => {
  const lab = await startLab({ manual: false, blockTimeSeconds: 0.2 })
  try {
    const stamps = async (): Promise<number[]> => {
      const blocks: number[] = []
      for (let n = 2; n <= (await lab.head()); n++) {
        const block = (await lab.rpc('eth_getBlockByNumber', [`0x${n.toString(16)}`, false])) as { timestamp: string }
        blocks.push(Number(block.timestamp))
      }
      return blocks
    }
    lab.builder.script({ timestamp: 4_000_000_000 })
    while ((await lab.head()) < 4) await sleep(20)
    await lab.builder.stopClock()
    const made = await stamps()
    // the scripted one was first, or came after one that was already in the making
    const from = made.indexOf(4_000_000_000)
    expect(from).toBeGreaterThanOrEqual(0)
    expect(made.slice(from)).toEqual(made.slice(from).map((_, i) => 4_000_000_000 + i))
    const head = await lab.head()
    await sleep(500)
    expect(await lab.head()).toBe(head)
  } finally {
    await lab.stop()
  }
})

it('a wall clock far ahead of the chain is caught up with', async () => {
  const lab = await startLab({ manual: false, blockTimeSeconds: 60 })
  try {
    // genesis is an hour ago
    const since = Math.floor(Date.now() / 1000)
    const { timestamp } = await lab.builder.produceBlock()
    expect(timestamp).toBeGreaterThanOrEqual(since)
    expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000)
  } finally {
    await lab.stop()
  }
})
