import { startLab, type Lab } from '../builder/lab.js'

/** Init code that returns the timestamp of the block it runs in. */
const TIMESTAMP = '0x425f5260205ff3'
const BLOCKS = 400

describe('a call by block number while blocks are made', () => {
  let lab: Lab
  beforeAll(async () => (lab = await startLab()))
  afterAll(() => lab.stop())

  it('runs in that block, also in the moment in which its successor is mined', async () => {
    let making = true
    let calls = 0
    const wrong: string[] = []
    const ask = async (): Promise<void> => {
      while (making) {
        const block = (await lab.rpc('eth_getBlockByNumber', ['latest', false])) as {
          number: string
          timestamp: string
        }
        for (let i = 0; i < 20; i++) {
          const answer = await lab.rpc('eth_call', [{ data: TIMESTAMP }, block.number])
          calls++
          if (BigInt(String(answer)) !== BigInt(block.timestamp)) wrong.push(`${block.number}: ${String(answer)}`)
        }
      }
    }
    const asking = [ask(), ask(), ask(), ask()]
    for (let made = 0; made < BLOCKS; made++) await lab.builder.produceBlock()
    making = false
    await Promise.all(asking)
    expect(calls).toBeGreaterThan(BLOCKS)
    expect(wrong).toEqual([])
  })
})
