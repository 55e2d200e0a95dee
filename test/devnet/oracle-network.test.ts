import { Interface } from 'ethers'
import { startDevnet, type Devnet } from '../../src/devnet/devnet.js'
import { priceOf } from '../../src/devnet/feeds.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'

let devnet: Devnet
beforeAll(async () => {
  devnet = await startDevnet({ borrowers: 2, markets: ['v3.6'], specials: false, manual: true })
})
afterAll(() => devnet.stop())

const price = (symbol: 'WETH' | 'WBTC'): Promise<bigint> => priceOf(devnet.ground.admin, devnet.ground.feeds, symbol)

describe('a report', () => {
  test('in the public mempool can be seen before it lands', async () => {
    const hash = await devnet.oracles.transmit('WETH', 2_400_00000000n)
    expect(devnet.proxy.pool.list().map((waiting) => waiting.hash)).toEqual([hash])
    expect((await devnet.builder.produceBlock()).transactions).toEqual([hash])
    expect(await price('WETH')).toBe(2_400_00000000n)
  })

  test('to the auction is seen as a hint alone, and the market sees it in the block in which it lands', async () => {
    const { hash, transactions } = await devnet.oracles.transmitHidden('WBTC', 59_000_00000000n)
    expect(devnet.proxy.pool.list()).toEqual([])
    const history = await (await fetch(`${devnet.builder.streamUrl}/api/v1/history`)).json()
    const forwarder = devnet.ground.feeds.auctionForwarder.address
    expect(history).toMatchObject([{ hint: { hash, txs: [{ to: forwarder, functionSelector: '0x6fadcf72' }] } }])
    const { callData } = (history as { hint: { txs: { callData: string }[] } }[])[0]?.hint.txs[0] ?? {}
    const [aggregator, inner] = new Interface(ownContract('DevForwarder').abi).decodeFunctionData(
      'forward',
      callData ?? '',
    )
    expect(String(aggregator).toLowerCase()).toBe(devnet.ground.feeds.aggregators.WBTC?.address)
    expect(String(inner).slice(0, 10)).toBe('0xba0cb29e')
    expect((await devnet.builder.produceBlock()).transactions).toEqual(transactions.map((one) => one.hash))
    expect(await price('WBTC')).toBe(59_000_00000000n)
    await expect(devnet.oracles.transmitHidden('WETH', 1n)).rejects.toThrow(/not auctioned/)
  })

  test('that nobody sees lands first in the next block, also of an auctioned feed', async () => {
    const hashes = [
      await devnet.oracles.transmitUnseen('WETH', 2_300_00000000n),
      await devnet.oracles.transmitUnseen('WBTC', 58_000_00000000n),
    ]
    expect(devnet.proxy.pool.list()).toEqual([])
    expect((await devnet.builder.produceBlock()).transactions).toEqual(hashes)
    expect([await price('WETH'), await price('WBTC')]).toEqual([2_300_00000000n, 58_000_00000000n])
  })
})
