import { setTimeout as sleep } from 'node:timers/promises'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { FlakyNode } from '../chain/support/flaky-node.js'
import { Station } from './support/station.js'

const FAKE = `0x${'f0'.repeat(32)}`
const share = (percent: bigint) => (OPENING_PRICES.WETH * percent) / 100n
const hex = (n: number | bigint): string => `0x${n.toString(16)}`

interface Block {
  readonly number: string
  readonly hash: string
  readonly timestamp: string
}

describe('one lying endpoint of three', () => {
  let station: Station
  const nodes: FlakyNode[] = []
  beforeAll(async () => {
    station = await Station.open()
    const [ws = '', http = ''] = (station.env()['RPC_URLS'] ?? '').split(',')
    for (let i = 0; i < 3; i++) nodes.push(await FlakyNode.before({ http, ws }))
  })
  afterAll(async () => {
    await station.close()
    for (const node of nodes) await node.stop()
  })

  /** From now on the node has one block more than there is, in which the price of WETH has fallen. */
  async function lie(node: FlakyNode, price: bigint): Promise<void> {
    const { anvil, ground } = station.devnet
    const real = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Block
    const number = hex(Number(real.number) + 1)
    const fake = { ...real, number, hash: FAKE, parentHash: real.hash, logsBloom: `0x${'ff'.repeat(256)}` }
    const address = ground.feeds.aggregators.WETH?.address
    const rounds = (await anvil.rpc('eth_getLogs', [{ address, fromBlock: '0x0', toBlock: 'latest' }])) as {
      topics: string[]
    }[]
    const last = rounds.filter(({ topics }) => topics.length === 3).at(-1)
    const topics = last?.topics.map((topic, i) => (i === 1 ? `0x${price.toString(16).padStart(64, '0')}` : topic))
    const log = { ...last, topics, blockHash: FAKE, blockNumber: number, blockTimestamp: real.timestamp }
    const isFake = (block: unknown): boolean =>
      block === number ||
      (typeof block === 'object' && block !== null && 'blockHash' in block && block.blockHash === FAKE)
    node.answer = ({ method, params = [] }) => {
      if (/eth_getBlockBy/.test(method) && (params[0] === 'latest' || params[0] === FAKE || isFake(params[0])))
        return fake
      return method === 'eth_getLogs' && isFake(params[0]) ? [log] : undefined
    }
    node.translate = (question) => ({
      ...question,
      params: question.params?.map((p) => (isFake(p) ? 'latest' : p)) ?? [],
    })
  }

  it('gets nothing signed, and is left for the two that agree', async () => {
    const [liar] = nodes
    if (!liar) throw new Error('no node')
    const keeper = await station.start({ RPC_URLS: nodes.map(({ url }) => url).join(','), AUDIT_SAMPLE: '4' })
    await station.devnet.moveMarket({ WETH: share(99n) })
    await station.block(keeper)
    await lie(liar, share(86n))
    const refused = await station.heard('refused', 0, ({ reason }) => reason === 'head-disputed')
    expect(refused['detail']).toMatch(/endpoint/)
    await sleep(300)
    expect([station.relayed('eth_sendBundle'), station.signed()]).toEqual([0, 0])
    // the same fall in earnest: with the two that agree it is taken
    await station.devnet.moveMarket({ WETH: share(86n) })
    await station.block(keeper)
    const dispute = await station.heard('head-disputed', 0, ({ level }) => level === 'error')
    expect(dispute['problem']).toBe('2 of 3 endpoints have another block')
    expect((await keeper.health())['endpoint']).not.toBe(new URL(liar.url).host)
    await station.accepted()
    expect(await keeper.metrics()).toMatch(/keeper_head_disputed 0/)
    await keeper.stop()
  })
})
