import { keccak256 } from 'ethers'
import { startLab, type Lab } from './lab.js'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.stop())

interface Block {
  readonly number: string
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: string
  readonly transactions: string[]
}
const block = async (tag: string): Promise<Block> => (await lab.rpc('eth_getBlockByNumber', [tag, false])) as Block

describe('a reorg', () => {
  it('replaces blocks by others of the same height and time; dropped transactions are gone', async () => {
    const raw = await lab.sign(0)
    await lab.send('flashbots', [raw])
    await lab.builder.produceBlock()
    await lab.builder.produceBlock()
    const old = [await block('0x2'), await block('0x3')]
    const { orphaned, blocks } = await lab.builder.reorg(2)
    expect(orphaned.map(({ hash }) => hash)).toEqual(old.map(({ hash }) => hash))
    const now = [await block('0x2'), await block('0x3')]
    expect(now.map(({ hash }) => hash)).toEqual(blocks.map(({ hash }) => hash))
    expect(now.map(({ timestamp }) => timestamp)).toEqual(old.map(({ timestamp }) => timestamp))
    expect(now[0]?.hash).not.toBe(old[0]?.hash)
    expect(now[0]?.parentHash).toBe(old[0]?.parentHash)
    expect(now[1]?.parentHash).toBe(now[0]?.hash)
    expect(await lab.rpc('eth_getTransactionReceipt', [keccak256(raw)])).toBeNull()
    expect(lab.builder.records()).toMatchObject([{ outcome: { kind: 'reorged', blockHash: old[0]?.hash } }])
    // the nonce is free again
    await lab.send('flashbots', [raw])
    expect((await lab.builder.produceBlock()).transactions).toEqual([keccak256(raw)])
  })

  it('can keep transactions, and re-include one of a bundle without the others', async () => {
    const raw = [await lab.sign(0), await lab.sign(1)]
    const hashes = raw.map((one) => keccak256(one))
    await lab.send('flashbots', raw)
    await lab.builder.produceBlock()
    const kept = await lab.builder.reorg(1, { keepTransactions: true })
    expect(kept.blocks.map(({ transactions }) => transactions)).toEqual([hashes])
    expect(lab.builder.records()).toMatchObject([{ outcome: { kind: 'landed', blockHash: kept.blocks[0]?.hash } }])
    const competitor = await lab.sign(2)
    const unbundled = await lab.builder.reorg(1, { keepTransactions: hashes.slice(1), insert: [competitor], length: 2 })
    expect(unbundled.blocks.map(({ transactions }) => transactions)).toEqual([
      [keccak256(competitor), ...hashes.slice(1)],
      [],
    ])
    expect(lab.builder.records()).toMatchObject([{ outcome: { kind: 'reorged' } }])
    await expect(lab.builder.reorg(99)).rejects.toThrow(/reorg of 99 blocks/)
  })
})
